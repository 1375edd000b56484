"""
Which webhook each activity is told as, and with what: the API's own serializers write the object.

`SOURCES` is the whole table. A row reads the objects of many activities at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from django.db.models import QuerySet

from billing_site.core.models import Activity, Organization
from credits.api.deal_serializers import RedemptionOutput
from credits.api.deals import redemption_rows
from credits.api.wallet_serializers import WalletOutput
from credits.api.wallet_transactions import transaction_rows
from credits.api.wallets import wallet_rows
from customers.api.serializers import CustomerOutput
from customers.models import Customer
from invoicing.api.credit_note_serializers import WholeCreditNoteOutput
from invoicing.api.credit_notes import credit_note_rows
from invoicing.api.fees import fee_rows
from invoicing.api.payment_requests import PaymentRequestOutput, request_rows
from invoicing.api.payment_serializers import PaymentOutput, ReceiptOutput
from invoicing.api.serializers import FeeOutput, WholeInvoiceOutput
from invoicing.api.views import VISIBLE, whole_invoice_rows
from invoicing.models import Invoice
from invoicing.selectors import payments
from metering.api.serializers import BillableMetricOutput
from metering.models import BillableMetric
from plans.api import subscriptions
from plans.api.entitlement_serializers import FeatureOutput
from plans.api.plans import all_rows as plan_rows
from plans.api.serializers import PlanOutput
from plans.models import Feature
from webhooks.documents import payloads, triggered_alerts


@dataclass(frozen=True, slots=True)
class Kind:
    """How objects of one kind are read, many at once, and written, in the shape that `write` says it returns."""

    object_type: str
    rows: Callable[[], "QuerySet[Any]"]
    write: Callable[[Any], Mapping[str, Any]]

    @property
    def shape(self) -> Any:
        """Return the TypedDict of what is told."""
        return get_type_hints(self.write)["return"]


@dataclass(frozen=True, slots=True)
class Source:
    """
    What an activity is told as: one of `types`, chosen by the object; none tells that it is nobody's business.

    `kind` says what is told; beside it, under the key `details`, what the activity says itself. With `says`, the shape
    of what it says, that stands among the other keys.
    """

    kind: Kind
    types: tuple[str, ...]
    choose: Callable[[Any], str | None]
    details: str = ""
    says: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook's type, the type of its object, and its body as values."""

    activity: Activity
    webhook_type: str
    object_type: str
    body: Mapping[str, Any]


def _customers() -> "QuerySet[Any]":
    rows = Customer.objects.select_related("billing_entity")
    found: QuerySet[Any] = rows.prefetch_related("taxes__billing_entities", "metadata")
    return found


def _metrics() -> "QuerySet[Any]":
    found: QuerySet[Any] = BillableMetric.objects.prefetch_related("filters")
    return found


def _features() -> "QuerySet[Any]":
    found: QuerySet[Any] = Feature.objects.prefetch_related("privileges")
    return found


def _subscriptions() -> "QuerySet[Any]":
    related = ("customer__taxes__billing_entities", "customer__metadata")
    return subscriptions.rows().select_related("plan__parent").prefetch_related(*related)


def _invoices() -> "QuerySet[Any]":
    return whole_invoice_rows((*VISIBLE, Invoice.Status.DELETED))


def _transactions() -> "QuerySet[Any]":
    return transaction_rows().prefetch_related("wallet__recurring_rules", "wallet__billable_metrics")


METRIC = Kind("billable_metric", _metrics, BillableMetricOutput().to_representation)
CUSTOMER = Kind("customer", _customers, CustomerOutput().to_representation)
CHECKOUT = Kind("payment_provider_customer_checkout_url", _customers, payloads.by_provider)
CUSTOMER_FAILURE = Kind("payment_provider_customer_error", _customers, payloads.by_provider)
CREDIT_NOTE = Kind("credit_note", credit_note_rows, WholeCreditNoteOutput().to_representation)
DUNNING = Kind("dunning_campaign", _customers, payloads.of_customer)
FEATURE = Kind("feature", _features, FeatureOutput().to_representation)
FEE = Kind("fee", fee_rows, FeeOutput().to_representation)
INVOICE = Kind("invoice", _invoices, WholeInvoiceOutput().to_representation)
DISPUTE = Kind("payment_dispute_lost", _invoices, payloads.lost_dispute)
CHARGE_FAILURE = Kind("payment_provider_invoice_payment_error", _invoices, payloads.invoice_failure)
REFUND_FAILURE = Kind("credit_note_payment_provider_refund_error", credit_note_rows, payloads.refund_failure)
PAYMENT = Kind("payment", payments.payments, PaymentOutput().to_representation)
RECEIPT = Kind("payment_receipt", payments.receipts, ReceiptOutput().to_representation)
REDEMPTION = Kind("deal_redemption", redemption_rows, RedemptionOutput().to_representation)
REQUEST = Kind("payment_request", request_rows, PaymentRequestOutput().to_representation)
REQUEST_FAILURE = Kind("payment_provider_payment_request_payment_error", request_rows, payloads.request_failure)
PLAN = Kind("plan", plan_rows, PlanOutput().to_representation)
SUBSCRIPTION = Kind("subscription", _subscriptions, payloads.subscription)
TRIGGERED = Kind("triggered_alert", triggered_alerts.rows, triggered_alerts.written)
WALLET = Kind("wallet", wallet_rows, WalletOutput().to_representation)
TRANSACTION = Kind("wallet_transaction", _transactions, payloads.wallet_transaction)
TOP_UP_FAILURE = Kind("payment_provider_wallet_transaction_payment_error", _transactions, payloads.top_up_failure)


def _named(kind: Kind, *types: str) -> dict[str, Source]:
    """Return sources whose webhook has the activity's name."""
    return {name: Source(kind, (name,), lambda row, name=name: name) for name in types}


def _detailed(kind: Kind, name: str, details: str) -> dict[str, Source]:
    """Return a source whose webhook has the activity's name, with what the activity says itself under a key."""
    return {name: Source(kind, (name,), lambda row: name, details=details)}


def _saying(kind: Kind, name: str, says: Any) -> dict[str, Source]:
    """Return a source whose webhook has the activity's name, and among its keys what the activity says itself."""
    return {name: Source(kind, (name,), lambda row: name, says=says)}


def _invoice_made(invoice: Invoice) -> str:
    by_type = {Invoice.Type.ONE_OFF: "invoice.one_off_created", Invoice.Type.CREDIT: "invoice.paid_credit_added"}
    return by_type.get(Invoice.Type(invoice.invoice_type), "invoice.created")


def _plans(name: str) -> dict[str, Source]:
    """A plan that is one subscription's own is not told of: the subscription is."""
    return {name: Source(PLAN, (name,), lambda plan: None if plan.parent_id else name)}


SOURCES: Mapping[str, Source] = {
    **_named(TRIGGERED, "alert.triggered"),
    **_named(METRIC, "billable_metric.created", "billable_metric.updated", "billable_metric.deleted"),
    **_named(CUSTOMER, "customer.created", "customer.updated"),
    **_named(CUSTOMER, "customer.payment_provider_created"),
    **_detailed(CUSTOMER, "customer.vies_check", "vies_check"),
    **_saying(CHECKOUT, "customer.checkout_url_generated", payloads.CheckoutDetails),
    **_detailed(CUSTOMER_FAILURE, "customer.payment_provider_error", "provider_error"),
    **_named(CREDIT_NOTE, "credit_note.created", "credit_note.generated"),
    **_detailed(REFUND_FAILURE, "credit_note.refund_failure", "provider_error"),
    **_named(REDEMPTION, "deal.redeemed", "deal.taken_back"),
    **_saying(DUNNING, "dunning_campaign.finished", payloads.FinishedCampaign),
    **_named(FEATURE, "feature.created", "feature.updated", "feature.deleted"),
    **_named(FEE, "fee.created"),
    "invoice.finalized": Source(
        INVOICE, ("invoice.created", "invoice.one_off_created", "invoice.paid_credit_added"), _invoice_made
    ),
    **_named(INVOICE, "invoice.drafted", "invoice.voided", "invoice.deleted", "invoice.generated"),
    **_named(INVOICE, "invoice.payment_status_updated", "invoice.payment_overdue"),
    **_detailed(DISPUTE, "invoice.payment_dispute_lost", "provider_error"),
    **_detailed(CHARGE_FAILURE, "invoice.payment_failure", "provider_error"),
    **_named(PAYMENT, "payment.succeeded", "payment.requires_action"),
    **_named(RECEIPT, "payment_receipt.created", "payment_receipt.generated"),
    **_named(REQUEST, "payment_request.created", "payment_request.payment_status_updated"),
    **_detailed(REQUEST_FAILURE, "payment_request.payment_failure", "provider_error"),
    **_plans("plan.created"),
    **_plans("plan.updated"),
    **_plans("plan.deleted"),
    **_named(SUBSCRIPTION, "subscription.started", "subscription.terminated", "subscription.canceled"),
    **_named(SUBSCRIPTION, "subscription.incomplete", "subscription.updated", "subscription.trial_ended"),
    **_named(SUBSCRIPTION, "subscription.termination_alert"),
    **_detailed(SUBSCRIPTION, "subscription.usage_threshold_reached", "usage_threshold"),
    **_named(WALLET, "wallet.created", "wallet.updated", "wallet.terminated", "wallet.depleted_ongoing_balance"),
    **_named(TRANSACTION, "wallet_transaction.created", "wallet_transaction.updated"),
    **_detailed(TOP_UP_FAILURE, "wallet_transaction.payment_failure", "provider_error"),
}
TYPES = frozenset(name for source in SOURCES.values() for name in source.types)
# Types of Lago's that nothing is told as here, for the reasons that the README gives; an endpoint may name them.
OTHER_TYPES = frozenset(
    {
        "customer.accounting_provider_created", "customer.accounting_provider_error", "customer.crm_provider_created",
        "customer.crm_provider_error", "customer.tax_provider_error", "credit_note.provider_refund_failure",
        "event.error", "events.errors", "fee.tax_provider_error", "integration.provider_error",
        "invoice.add_on_added", "invoice.ready_to_finalize", "invoice.resynced", "order.created", "order.executed",
        "order_form.created", "order_form.expired", "order_form.signed", "order_form.voided",
        "payment_provider.error", "quote.approved", "quote.created", "quote.voided",
    }
)  # fmt: skip
KNOWN_TYPES = TYPES | OTHER_TYPES


def told_as(webhook_types: frozenset[str]) -> frozenset[str]:
    """Return the activities that one of these webhooks may tell of."""
    return frozenset(name for name, source in SOURCES.items() if webhook_types.intersection(source.types))


def read(activities: Sequence[Activity]) -> list[Told]:
    """Return what is told of the activities, reading each kind of objects once; nothing of what is no longer there."""
    organization = str(Organization.objects.get().lago_id)
    found: list[Told] = []
    for kind in dict.fromkeys(SOURCES[activity.type].kind for activity in activities):
        own = [activity for activity in activities if SOURCES[activity.type].kind is kind]
        rows = kind.rows().in_bulk({activity.subject_id for activity in own})
        found += _told(kind, own, rows, organization)
    return sorted(found, key=lambda told: told.activity.pk)


def _told(kind: Kind, activities: Iterable[Activity], rows: Mapping[int, Any], organization: str) -> Iterator[Told]:
    for activity in activities:
        row = rows.get(activity.subject_id)
        name = SOURCES[activity.type].choose(row) if row is not None else None
        if name is not None:
            body = {"webhook_type": name, "object_type": kind.object_type, "organization_id": organization}
            written = _written(SOURCES[activity.type], row, activity)
            yield Told(activity, name, kind.object_type, {**body, kind.object_type: written})


def _written(source: Source, row: Any, activity: Activity) -> Mapping[str, Any]:
    written = source.kind.write(row)
    if source.details:
        return {**written, source.details: activity.details or None}
    return {**written, **activity.details} if source.says else written
