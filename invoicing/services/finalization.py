"""From draft to document: coupons, taxes, number, copies of seller and buyer. Final is final."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.money import exact
from billing_site.core.periods import local_date
from credits.models import AppliedCoupon
from customers.models import Customer
from customers.selectors import preferences
from invoicing.calculations.issuing_dates import InvoiceDates, dates_when_finalized, is_overdue
from invoicing.documents import parties
from invoicing.models import BilledPeriod, Invoice
from invoicing.selectors import due as due_selectors
from invoicing.selectors import late_usage
from invoicing.services import composition, finality, moved_zones, prepaid, settlement, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.credit_notes import automatic, excess
from invoicing.services.fees import late_fees
from invoicing.services.rated import rate_dues
from plans.selectors.billing_entities import entity_of

Sellers = dict[int, dict[str, Any]]


def settle(
    draft: InvoiceDraft, coupons: Sequence[AppliedCoupon], *, now: datetime, sellers: Sellers | None = None
) -> list[AppliedCoupon]:
    """
    Bring an invoice in memory to its state: final, closed (nothing due and nothing issued), or draft during grace.

    Returns the coupons that were used, changed and unsaved. Numbers come later, last of all. `sellers`, by billing
    entity, are shared by the invoices of a chunk, so that they are made and written once.
    """
    invoice = draft.invoice
    if _is_graced(invoice, now):
        settlement.total(draft, now=now)
        return []
    used = settlement.discount(draft, coupons, now=now)
    settlement.total(draft, now=now)
    if not invoice.fees_amount_cents and not draft.terms.finalize_zero_amount_invoice:
        invoice.status = Invoice.Status.CLOSED
        return used
    settlement.use_notes(draft, now=now)
    invoice.status, invoice.finalized_at = Invoice.Status.FINALIZED, now
    sellers = {} if sellers is None else sellers
    if invoice.billing_entity_id not in sellers:
        sellers[invoice.billing_entity_id] = parties.seller(invoice.billing_entity)
    parties.keep(invoice, sellers[invoice.billing_entity_id])
    return used


def _is_graced(invoice: Invoice, now: datetime) -> bool:
    """Say whether an invoice has days of grace left, in which it stays a draft."""
    return invoice.expected_finalization_date > local_date(now, invoice.timezone)


@exact
def settle_in_turn(
    drafts: Sequence[InvoiceDraft], coupons: Mapping[int, Sequence[AppliedCoupon]], *, now: datetime
) -> list[AppliedCoupon]:
    """Settle each invoice; a coupon (by customer) that one used up is not there for the customer's next."""
    used: list[AppliedCoupon] = []
    sellers: Sellers = {}
    excess.give_back([draft for draft in drafts if not _is_graced(draft.invoice, now)], now=now)
    for draft in drafts:
        given = coupons.get(draft.invoice.customer_id, ())
        active = [coupon for coupon in given if coupon.status == AppliedCoupon.Status.ACTIVE]
        used += settle(draft, active, now=now, sellers=sellers)
    prepaid.pay(drafts, now=now)
    return used


def finalize_due(*, now: datetime) -> int:
    """Make the drafts final whose days of grace are over by their own calendar, and return how many."""
    latest_day_anywhere = local_date(now, "Pacific/Kiritimati")
    waiting = Invoice.objects.filter(status=Invoice.Status.DRAFT, expected_finalization_date__lte=latest_day_anywhere)
    count = 0
    for invoice in waiting.order_by("expected_finalization_date", "pk"):
        if invoice.expected_finalization_date <= local_date(now, invoice.timezone):
            finalize(invoice, now=now)
            count += 1
    return count


@transaction.atomic
def finalize(invoice: Invoice, *, now: datetime) -> Invoice:
    """Compute a draft again with all usage that has come in, and make it final. One that is final stays as it is."""
    finality.share()
    Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    if invoice.status != Invoice.Status.DRAFT:
        return invoice
    draft, coupons = recompose(invoice, now=now)
    terms = composition.date_terms_of(draft.terms)
    drafted = InvoiceDates(invoice.issuing_date, invoice.expected_finalization_date, invoice.payment_due_date)
    today = local_date(now, invoice.timezone)
    dates = dates_when_finalized(drafted, today, terms)
    draft.invoice.issuing_date, draft.invoice.payment_due_date = dates.issuing_date, dates.payment_due_date
    draft.invoice.expected_finalization_date = min(invoice.expected_finalization_date, today)
    excess.give_back([draft], now=now)
    used = settle(draft, coupons, now=now)
    prepaid.pay([draft], now=now)
    writing.rewrite(draft, used, now=now)
    automatic.credit_ended([due.subscription for due in draft.dues], now=now)
    return draft.invoice


def recompose(invoice: Invoice, *, now: datetime) -> tuple[InvoiceDraft, list[AppliedCoupon]]:
    """Return a draft's fees computed anew from the time it bills, with the customer's coupons."""
    rows = list(invoice.invoice_subscriptions.select_related("subscription").order_by("pk"))
    due_selectors.attach([row.subscription for row in rows])
    periods: dict[int, list[BilledPeriod]] = {}
    for period in invoice.billed_periods.all():
        periods.setdefault(period.subscription_id, []).append(period)
    moved_zones.follow(invoice, rows, periods, now=now)
    dues = [due_selectors.due_again(row, periods.get(row.subscription_id, ()), invoice.timezone) for row in rows]
    chunk = due_selectors.with_prices(dues)
    rated = rate_dues(chunk.dues, chunk)
    if chunk.dues:
        invoice.customer = chunk.dues[0].subscription.customer
        invoice.billing_entity = entity_of(chunk.dues[0].subscription)
    draft = InvoiceDraft(invoice, preferences.terms(invoice.customer, invoice.billing_entity), chunk.dues)
    draft.notes = chunk.notes.get(invoice.customer_id, ())
    for due in chunk.dues:
        draft.fees += composition.fees_of(due, rated, invoice, now)
    composition.take_off_billed([draft], now=now)
    for bill in late_fees.bills_of(late_usage.on_invoice(invoice), now=now):
        composition.add_late(draft, bill)
    invoice.updated_at = now
    return draft, chunk.coupons.get(invoice.customer_id, [])


def mark_overdue(*, now: datetime) -> int:
    """Mark the final invoices whose last day to pay has passed, and return how many (rule M123)."""
    latest_day_anywhere = local_date(now, "Pacific/Kiritimati")
    unpaid = Invoice.objects.filter(
        status=Invoice.Status.FINALIZED,
        payment_overdue=False,
        payment_dispute_lost_at=None,
        payment_due_date__lt=latest_day_anywhere,
    ).exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED)
    count = 0
    for pk, due_date, zone in list(unpaid.order_by("pk").values_list("pk", "payment_due_date", "timezone")):
        if is_overdue(due_date, local_date(now, zone)):
            count += _mark_overdue(pk, now)
    return count


@transaction.atomic
def _mark_overdue(pk: int, now: datetime) -> bool:
    invoice = Invoice.objects.lock(pk)
    if invoice.payment_overdue or invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED:
        return False
    invoice.payment_overdue, invoice.updated_at = True, now
    invoice.save(update_fields=["payment_overdue", "updated_at"])
    activity.record("invoice.payment_overdue", invoice, now=now)
    return True
