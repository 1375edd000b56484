"""Payment methods, links to pay, and trying again, over the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotAllowed
from credits.models import WalletTransaction
from customers.api.payment_methods import PaymentMethodInput
from customers.models import Customer, PaymentMethod
from customers.services import payment_methods
from invoicing.api.payment_shapes import (
    CheckoutUrl,
    InvoicePaymentUrl,
    PayerKeys,
    PaymentPage,
    RequestPaymentUrl,
    ShownPaymentMethod,
    TopUpPaymentUrl,
)
from invoicing.api.views import VISIBLE
from invoicing.models import Invoice, PaymentRequest
from invoicing.services.payments import hosted, retries


class PaymentMethodOutput(serializers.BaseSerializer):
    def to_representation(self, method: PaymentMethod) -> ShownPaymentMethod:
        """Return the method with all keys of Lago's."""
        return {
            "lago_id": method.lago_id,
            "is_default": method.is_default,
            "payment_provider_code": method.provider.code,
            "payment_provider_name": method.provider.name,
            "payment_provider_type": "stripe",
            "provider_method_id": method.provider_method_id,
            "created_at": formats.instant(method.created_at),
        }


class PaymentMethodsView(ApiView):
    resource, plural = "payment_method", "payment_methods"

    def customer(self, external_id: str) -> Customer:
        """Return the customer."""
        found: Customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        return found

    def method(self, external_id: str, lago_id: Any) -> PaymentMethod:
        """Return one of the customer's methods."""
        rows = PaymentMethod.objects.live().select_related("provider").filter(customer=self.customer(external_id))
        found: PaymentMethod = self.found(rows, lago_id=lago_id)
        return found

    @extend_schema(responses=PaymentMethodOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        rows = PaymentMethod.objects.live().select_related("provider").filter(customer=self.customer(external_id))
        return self.listing(rows.order_by("-created_at", "-id"), PaymentMethodOutput)


class PaymentMethodView(PaymentMethodsView):
    http_method_names = ["delete"]  # noqa: RUF012

    @extend_schema(responses=PaymentMethodOutput)
    def delete(self, request: Request, external_id: str, lago_id: Any) -> Response:
        method = self.method(external_id, lago_id)
        payment_methods.forget(method, now=timezone.now())
        return self.answer(method, PaymentMethodOutput)


class DefaultMethodView(PaymentMethodsView):
    http_method_names = ["put"]  # noqa: RUF012

    @extend_schema(request=None, responses=PaymentMethodOutput)
    def put(self, request: Request, external_id: str, lago_id: Any) -> Response:
        method = self.method(external_id, lago_id)
        method.is_default = payment_methods.set_default(method, now=timezone.now()).is_default
        return self.answer(method, PaymentMethodOutput)


class CheckoutUrlView(ApiView):
    """A page on which the customer stores a card."""

    resource = "customer"
    keeps_answers = False  # it asks the provider, which is not done in a transaction

    @extend_schema(request=None, responses=CheckoutUrl)
    def post(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), external_id=external_id)
        url = hosted.page_to_store_a_method(customer, now=timezone.now())
        keys = {"lago_customer_id": customer.lago_id, "external_customer_id": customer.external_id}
        return Response({"customer": {**keys, "payment_provider": customer.payment_provider, "checkout_url": url}})


class PaymentUrlView(ApiView):
    """A page on which the invoice is paid."""

    resource = "invoice"
    keeps_answers = False  # it asks the provider, which is not done in a transaction

    @extend_schema(request=None, responses=InvoicePaymentUrl)
    def post(self, request: Request, lago_id: Any) -> Response:
        rows = Invoice.objects.select_related("customer").filter(status__in=VISIBLE)
        invoice = self.found(rows, lago_id=lago_id)
        return Response({"invoice_payment_details": _details(invoice)})


class RequestPaymentUrlView(ApiView):
    """A page on which all that is due of a payment request is paid at once."""

    resource = "payment_request"
    keeps_answers = False  # it asks the provider, which is not done in a transaction

    @extend_schema(request=None, responses=RequestPaymentUrl)
    def post(self, request: Request, lago_id: Any) -> Response:
        asked = self.found(PaymentRequest.objects.select_related("customer"), lago_id=lago_id)
        url = hosted.page_to_pay_request(asked, now=timezone.now())
        keys = {"lago_payment_request_id": asked.lago_id, **_payer(asked.customer), "payment_url": url}
        return Response({"payment_request_payment_details": keys})


class TopUpPaymentUrlView(ApiView):
    """A page on which credits are paid."""

    resource = "wallet_transaction"
    keeps_answers = False  # it asks the provider, which is not done in a transaction

    @extend_schema(request=None, responses=TopUpPaymentUrl)
    def post(self, request: Request, lago_id: Any) -> Response:
        entry = self.found(WalletTransaction.objects.all(), lago_id=lago_id)
        invoice = Invoice.objects.select_related("customer").filter(lago_id=entry.invoice_id).first()
        if invoice is None or entry.status != WalletTransaction.Status.PENDING:
            raise NotAllowed("Nothing waits to be paid for these credits.", code="invalid_status")
        keys = {"lago_wallet_transaction_id": entry.lago_id}
        return Response({"wallet_transaction_payment_details": {**keys, **_details(invoice)}})


class RetryInput(serializers.Serializer):
    payment_method = PaymentMethodInput(required=False, allow_null=True)


class RetryPaymentView(ApiView):
    """Tries to charge the customer again; the answer is empty, as Lago's."""

    resource = "invoice"

    @extend_schema(request=RetryInput, responses=None)
    def post(self, request: Request, lago_id: Any) -> Response:
        invoice = self.found(Invoice.objects.filter(status__in=VISIBLE), lago_id=lago_id)
        given = RetryInput(data=request.data)
        given.is_valid(raise_exception=True)
        retries.retry(invoice, now=timezone.now(), payment_method=given.validated_data.get("payment_method"))
        return Response()


def _details(invoice: Invoice) -> PaymentPage:
    url = hosted.page_to_pay(invoice, now=timezone.now())
    return {"lago_invoice_id": invoice.lago_id, **_payer(invoice.customer), "payment_url": url}


def _payer(customer: Customer) -> PayerKeys:
    return {
        "lago_customer_id": customer.lago_id,
        "external_customer_id": customer.external_id,
        "payment_provider": customer.payment_provider,
    }
