from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import invalid
from credits.api import wallet_serializers as serializers
from credits.api.shapes import WalletTransactions
from credits.api.wallets import wallet_rows
from credits.models import Wallet, WalletConsumption, WalletTransaction
from credits.services import wallet_transactions

SHOWN = ("wallet__customer__billing_entity", "wallet__billing_entity")


def transaction_rows() -> "QuerySet[Any]":
    """Return the transactions with all that is shown of them, newest first."""
    found: QuerySet[Any] = WalletTransaction.objects.select_related(*SHOWN).order_by("-created_at", "-id")
    return found


class TransactionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=WalletTransaction.Status.choices)
    transaction_status = django_filters.ChoiceFilter(choices=WalletTransaction.TransactionStatus.choices)
    transaction_type = django_filters.ChoiceFilter(choices=WalletTransaction.Type.choices)

    class Meta:
        model = WalletTransaction
        fields: list[str] = []


class WalletTransactionsView(ApiView):
    resource, plural = "wallet_transaction", "wallet_transactions"

    @extend_schema(request=serializers.WalletTransactionInput, responses=WalletTransactions)
    def post(self, request: Request) -> Response:
        asked = self.read(serializers.WalletTransactionInput)
        wallet = Wallet.objects.filter(lago_id=asked.pop("wallet_id")).first()
        if wallet is None:
            raise invalid("wallet_id", "wallet_not_found", "There is no such wallet.")
        made = wallet_transactions.create(wallet, now=timezone.now(), **asked)
        rows = transaction_rows().in_bulk([entry.pk for entry in made])
        shown = [rows[entry.pk] for entry in made]
        return Response({self.plural: serializers.WalletTransactionOutput(shown, many=True).data})


class TransactionsOfWalletView(ApiView):
    resource, plural = "wallet_transaction", "wallet_transactions"

    @extend_schema(responses=serializers.WalletTransactionOutput(many=True))
    def get(self, request: Request, lago_id: Any) -> Response:
        wallet = self.found(wallet_rows(), "wallet", lago_id=lago_id)
        rows = self.filtered(TransactionFilter, transaction_rows().filter(wallet=wallet))
        return self.listing(rows, serializers.WalletTransactionOutput)


class WalletTransactionView(ApiView):
    resource = "wallet_transaction"

    @extend_schema(responses=serializers.WalletTransactionOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(transaction_rows(), lago_id=lago_id), serializers.WalletTransactionOutput)


class _TracesView(ApiView):
    resource, side, other = "wallet_transaction", "", ""

    def traces(self, lago_id: Any) -> "QuerySet[Any]":
        """Return the traces of the transaction in the address, oldest first."""
        entry = self.found(transaction_rows(), lago_id=lago_id)
        rows = WalletConsumption.objects.filter(**{self.side: entry})
        return rows.select_related(*(f"{self.other}__{path}" for path in SHOWN)).order_by("id")


class ConsumptionsView(_TracesView):
    plural, side, other = "wallet_transaction_consumptions", "inbound", "outbound"

    @extend_schema(responses=serializers.ConsumptionOutput(many=True))
    def get(self, request: Request, lago_id: Any) -> Response:
        if self.found(transaction_rows(), lago_id=lago_id).transaction_type != WalletTransaction.Type.INBOUND:
            raise invalid("transaction_type", "invalid_transaction_type")
        return self.listing(self.traces(lago_id), serializers.ConsumptionOutput)


class FundingsView(_TracesView):
    plural, side, other = "wallet_transaction_fundings", "outbound", "inbound"

    @extend_schema(responses=serializers.FundingOutput(many=True))
    def get(self, request: Request, lago_id: Any) -> Response:
        if self.found(transaction_rows(), lago_id=lago_id).transaction_type != WalletTransaction.Type.OUTBOUND:
            raise invalid("transaction_type", "invalid_transaction_type")
        return self.listing(self.traces(lago_id), serializers.FundingOutput)
