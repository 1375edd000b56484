from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.shapes import GivenFacts, KeptFacts
from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotFound, invalid
from credits.api import wallet_serializers as serializers
from credits.models import Wallet
from credits.services import wallets
from customers.models import Customer


def wallet_rows() -> "QuerySet[Any]":
    """Return the wallets with all that is shown of them."""
    rows = Wallet.objects.select_related("customer__billing_entity", "billing_entity")
    found: QuerySet[Any] = rows.prefetch_related("recurring_rules", "billable_metrics").order_by("-created_at", "-id")
    return found


class WalletFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    currency = django_filters.CharFilter()
    billing_entity_codes = django_filters.AllValuesMultipleFilter(field_name="customer__billing_entity__code")

    class Meta:
        model = Wallet
        fields: list[str] = []


class _View(ApiView):
    resource, plural = "wallet", "wallets"

    def customer(self, external_id: str) -> Customer:
        """Return the customer of the address."""
        customer: Customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        return customer

    def shown(self, wallet: Wallet) -> Response:
        """Return a wallet as it stands now."""
        return self.answer(wallet_rows().get(pk=wallet.pk), serializers.WalletOutput)


class WalletsView(_View):
    @extend_schema(responses=serializers.WalletOutput(many=True))
    def get(self, request: Request) -> Response:
        if external_id := request.query_params.get("external_customer_id"):
            self.customer(external_id)
        return self.listing(self.filtered(WalletFilter, wallet_rows()), serializers.WalletOutput)

    @extend_schema(request=serializers.WalletInput, responses=serializers.WalletOutput)
    def post(self, request: Request) -> Response:
        fields = self.read(serializers.WalletInput)
        customer = Customer.objects.live().filter(external_id=fields.pop("external_customer_id")).first()
        if customer is None:
            raise invalid("customer", "customer_not_found", "There is no such customer.")
        return self.shown(wallets.create(customer, now=timezone.now(), **fields))


class CustomerWalletsView(_View):
    @extend_schema(responses=serializers.WalletOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        rows = wallet_rows().filter(customer=self.customer(external_id))
        return self.listing(self.filtered(WalletFilter, rows), serializers.WalletOutput)

    @extend_schema(request=serializers.NewWalletInput, responses=serializers.WalletOutput)
    def post(self, request: Request, external_id: str) -> Response:
        customer = self.customer(external_id)
        fields = self.read(serializers.NewWalletInput)
        return self.shown(wallets.create(customer, now=timezone.now(), **fields))


class _OneWallet(_View):
    """A wallet named by its id, or by its customer and code (the active one of this code first)."""

    def wallet(self, lago_id: Any = None, external_id: str = "", code: str = "") -> Wallet:
        """Return the wallet of the address."""
        if lago_id is not None:
            found: Wallet = self.found(wallet_rows(), lago_id=lago_id)
        else:
            rows = wallet_rows().filter(customer=self.customer(external_id))
            found = self.found(rows.order_by("status", "-id"), code=code)  # "active" sorts before "terminated"
        return found


class WalletView(_OneWallet):
    @extend_schema(responses=serializers.WalletOutput)
    def get(self, request: Request, **address: Any) -> Response:
        return self.shown(self.wallet(**address))

    @extend_schema(request=serializers.WalletUpdate, responses=serializers.WalletOutput)
    def put(self, request: Request, **address: Any) -> Response:
        wallet = self.wallet(**address)
        return self.shown(wallets.update(wallet, now=timezone.now(), **self.read(serializers.WalletUpdate)))

    @extend_schema(responses=serializers.WalletOutput)
    def delete(self, request: Request, **address: Any) -> Response:
        return self.shown(wallets.terminate(self.wallet(**address), now=timezone.now()))


class WalletMetadataView(_OneWallet):
    """What integrators keep with a wallet: POST replaces it, PATCH adds to it."""

    def _given(self) -> dict[str, Any]:
        reader = serializers.WalletUpdate(data={"metadata": self.payload("metadata")})
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data["metadata"] or {})

    def _set(self, wallet: Wallet, metadata: Mapping[str, Any] | None) -> Response:
        wallets.set_metadata(wallet, metadata, now=timezone.now())
        return Response({"metadata": metadata})

    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def post(self, request: Request, **address: Any) -> Response:
        return self._set(self.wallet(**address), self._given())

    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def patch(self, request: Request, **address: Any) -> Response:
        wallet = self.wallet(**address)
        return self._set(wallet, {**(wallet.metadata or {}), **self._given()})

    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, **address: Any) -> Response:
        return self._set(self.wallet(**address), None)


class WalletMetadataKeyView(_OneWallet):
    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, key: str, **address: Any) -> Response:
        wallet = self.wallet(**address)
        metadata = dict(wallet.metadata or {})
        if key not in metadata:
            raise NotFound("metadata")
        del metadata[key]
        wallets.set_metadata(wallet, metadata, now=timezone.now())
        return Response({"metadata": metadata})
