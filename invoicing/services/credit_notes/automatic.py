"""Credit notes that billing makes by itself: for what was paid in advance and not used."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing_site.core import locks
from customers.models import Customer
from invoicing.calculations.credit_notes import CreditedFee, Shares, termination_shares
from invoicing.models import CreditNote, Invoice
from invoicing.selectors.creditable import Creditable, creditable
from invoicing.selectors.unused import UnusedFee, paused_fees, unused_fees
from invoicing.services.credit_notes import drafts
from plans.models import Subscription


def credit_ended(subscriptions: Iterable[Subscription], *, now: datetime) -> list[CreditNote]:
    """
    Give back what ended or paused subscriptions have paid for and not used, once each (rules M94 and M94b).

    Their customers are locked by the caller. One whose invoice is still a draft is seen to when that becomes final.
    """
    rows = list(subscriptions)
    unused = [*unused_fees(rows), *paused_fees(rows)]
    found = [item for item in unused if item.invoice.status == Invoice.Status.FINALIZED]
    keys = [item.key for item in found]
    done = set(CreditNote.objects.filter(operation_key__in=keys).values_list("operation_key", flat=True))
    waiting = [item for item in found if item.key not in done]
    if not waiting:
        return []
    invoices = locks.by_ids(Invoice, [item.invoice.pk for item in waiting])
    facts = creditable(invoices.values())
    composed = [_compose(item, facts[item.invoice.pk], now) for item in waiting]
    return [drafts.write(draft, now=now) for draft in composed if draft]


@transaction.atomic
def credit_unused(subscription_id: int, *, now: datetime) -> list[CreditNote]:
    """Give back what one ended or paused subscription has paid for and not used."""
    subscription = Subscription.objects.select_related("plan").get(pk=subscription_id)
    Customer.objects.lock(subscription.customer_id)
    return credit_ended([subscription], now=now)


def _compose(item: UnusedFee, facts: Creditable, now: datetime) -> "drafts.NoteDraft | None":
    left = min(item.unused.precise_cents, Decimal(facts.left_of(item.fee)))
    if left <= 0:
        return None
    items = facts.items({item.fee.pk: left})
    total = facts.amounts(items).total_cents
    if total <= 0:
        return None
    shares = _shares(item, facts, items, total)
    terms = {"operation_key": item.key, "is_automatic": True, "reason": CreditNote.Reason.ORDER_CHANGE}
    return drafts.compose(facts, items, shares, terms, now=now)


def _shares(item: UnusedFee, facts: Creditable, items: Sequence[CreditedFee], total: int) -> Shares:
    invoice, fee = facts.invoice, item.fee
    used = facts.items({fee.pk: fee.amount_cents - item.unused.precise_cents})
    sums = facts.amounts(used)
    gross = facts.amounts(facts.items({fee.pk: Decimal(fee.amount_cents)})).total_cents
    return termination_shares(
        item.option,
        total_cents=total,
        used_cents=sums.base_cents + sums.taxes_cents,
        paid_cents=invoice.total_paid_amount_cents - facts.refunded_cents,
        gross=(gross, invoice.sub_total_including_taxes_amount_cents),
        due_cents=invoice.total_due_amount_cents,
    )
