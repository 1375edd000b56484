"""The invoice that a subscription's beginning waits for (plans.services.activation), and what its payment does."""

from datetime import datetime

from django.db import transaction
from msgspec.structs import replace

from billing_site.core.periods import local_date
from invoicing.calculations.issuing_dates import dates_when_billed
from invoicing.models import BilledPeriod, Invoice, InvoiceSubscription
from invoicing.selectors import due as due_selectors
from invoicing.services import composition, finalization, invoice_voids, writing
from invoicing.services.composition import InvoiceDraft
from plans.models import Subscription
from plans.services import activation, lifecycle

PaymentStatus = Invoice.PaymentStatus


@transaction.atomic
def bill(subscription: Subscription, *, now: datetime) -> None:
    """Bill once, and at once, what an incomplete subscription pays in advance; if nothing is owed it begins."""
    subscription = lifecycle.lock(subscription)
    if subscription.status != Subscription.Status.INCOMPLETE:
        return
    if BilledPeriod.objects.filter(subscription=subscription).exists():
        return
    chunk = due_selectors.load([activation.begun(subscription)])
    chunk.late = []  # it may never be paid
    drafts = composition.compose(chunk, now=now)
    for draft in drafts:
        _without_grace(draft, now)
    used = finalization.settle_in_turn(drafts, chunk.coupons, now=now)
    writing.write(drafts, used, now=now)
    if all(draft.invoice.payment_status == PaymentStatus.SUCCEEDED for draft in drafts):
        activation.open_gate(subscription, now=now)


def settle(invoice: Invoice, *, now: datetime) -> None:
    """Let the incomplete subscriptions of an invoice begin if it is paid, and give them up if its payment failed."""
    if invoice.payment_status == PaymentStatus.PENDING:
        return
    billed = InvoiceSubscription.objects.filter(invoice=invoice).values("subscription_id")
    waiting = Subscription.objects.filter(pk__in=billed, status=Subscription.Status.INCOMPLETE)
    for subscription in waiting.order_by("pk"):
        if invoice.payment_status == PaymentStatus.SUCCEEDED:
            activation.open_gate(subscription, now=now)
        else:
            activation.give_up(subscription, reason=activation.PAYMENT_FAILED, now=now)


def close(subscription: Subscription, *, now: datetime) -> None:
    """Void what was billed of a subscription that was canceled while it waited, unless it has been paid after all."""
    if subscription.status != Subscription.Status.CANCELED:
        return
    billed = InvoiceSubscription.objects.filter(subscription=subscription).values("invoice_id")
    for invoice in Invoice.objects.filter(pk__in=billed).order_by("pk"):
        if not invoice_voids.obstacle(invoice):
            invoice_voids.void(invoice, now=now, reason=subscription.cancellation_reason)


def _without_grace(draft: InvoiceDraft, now: datetime) -> None:
    """It is final at once: it could not be paid as a draft."""
    invoice, terms = draft.invoice, replace(composition.date_terms_of(draft.terms), grace_days=0)
    dates = dates_when_billed(local_date(now, invoice.timezone), terms, is_recurring=False)
    invoice.issuing_date, invoice.payment_due_date = dates.issuing_date, dates.payment_due_date
    invoice.expected_finalization_date = dates.expected_finalization_date
