"""What is told that the API does not show: failures of payment providers, pages, reminders that ended."""

from typing import Any, TypedDict
from uuid import UUID

from credits.api.shapes import ShownWallet, ShownWalletTransaction
from credits.api.wallet_serializers import WalletOutput, WalletTransactionOutput
from customers.api.serializers import CustomerOutput
from customers.api.shapes import ShownCustomer
from customers.models import Customer
from invoicing.api.serializers import WholeInvoiceOutput
from invoicing.api.shapes import WholeInvoice
from invoicing.models import CreditNote, Invoice, PaymentRequest
from plans.api.shapes import WholeSubscription
from plans.api.subscriptions import SubscriptionWithPlan
from plans.models import Subscription


class ToldSubscription(WholeSubscription):
    customer: ShownCustomer


class ToldWalletTransaction(ShownWalletTransaction):
    wallet: ShownWallet


class LostDispute(WholeInvoice):
    invoice: WholeInvoice


class ByProvider(TypedDict):
    """Whose money a payment provider moves, or could not move."""

    lago_customer_id: UUID
    external_customer_id: str
    provider_customer_id: str | None
    payment_provider: str | None
    payment_provider_code: str | None


class InvoiceFailure(ByProvider):
    lago_invoice_id: UUID


class RefundFailure(ByProvider):
    lago_credit_note_id: UUID


class TopUpFailure(ByProvider):
    lago_wallet_transaction_id: UUID


class RequestFailure(ByProvider):
    lago_payment_request_id: UUID
    lago_invoice_ids: list[UUID]


class OfCustomer(TypedDict):
    lago_customer_id: UUID
    external_customer_id: str


class CheckoutDetails(TypedDict):
    checkout_url: str


class BalanceOfCurrency(TypedDict):
    amount_cents: int
    currency: str


class FinishedCampaign(TypedDict):
    dunning_campaign_code: str
    overdue_balance_cents: int
    overdue_balance_currency: str
    overdue_balances: list[BalanceOfCurrency]


def subscription(row: Subscription) -> ToldSubscription:
    """Return a subscription with its customer."""
    whole = SubscriptionWithPlan().to_representation(row)
    return {**whole, "customer": CustomerOutput().to_representation(row.customer)}


def wallet_transaction(entry: Any) -> ToldWalletTransaction:
    """Return a transaction with its wallet."""
    whole = WalletTransactionOutput().to_representation(entry)
    return {**whole, "wallet": WalletOutput().to_representation(entry.wallet)}


def lost_dispute(row: Invoice) -> LostDispute:
    """Return the invoice of a dispute, under its own key as well as Lago's older ones."""
    whole = WholeInvoiceOutput().to_representation(row)
    return {**whole, "invoice": whole}


def by_provider(customer: Customer) -> ByProvider:
    """Return how a payment provider knows a customer."""
    return {
        "lago_customer_id": customer.lago_id,
        "external_customer_id": customer.external_id,
        "provider_customer_id": customer.provider_customer_id or None,
        "payment_provider": customer.payment_provider or None,
        "payment_provider_code": customer.payment_provider_code or None,
    }


def of_customer(customer: Customer) -> OfCustomer:
    """Return the two ids of a customer."""
    return {"lago_customer_id": customer.lago_id, "external_customer_id": customer.external_id}


def invoice_failure(row: Invoice) -> InvoiceFailure:
    """Return of which invoice a payment failed."""
    return {**by_provider(row.customer), "lago_invoice_id": row.lago_id}


def refund_failure(note: CreditNote) -> RefundFailure:
    """Return of which credit note a refund failed."""
    return {**by_provider(note.customer), "lago_credit_note_id": note.lago_id}


def top_up_failure(entry: Any) -> TopUpFailure:
    """Return which credits could not be paid."""
    return {**by_provider(entry.wallet.customer), "lago_wallet_transaction_id": entry.lago_id}


def request_failure(request: PaymentRequest) -> RequestFailure:
    """Return of which request a payment failed, and all invoices that it asks for."""
    return {
        **by_provider(request.customer),
        "lago_payment_request_id": request.lago_id,
        "lago_invoice_ids": [invoice.lago_id for invoice in request.invoices.all()],
    }
