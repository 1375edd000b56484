"""What progressive invoices have billed of the usage of a time, for any number of subscriptions in a few queries."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from invoicing.models import AppliedUsageThreshold, CreditNote, Fee, Invoice, InvoiceSubscription, ProgressiveCredit

Type, Status = Invoice.Type, Invoice.Status


@dataclass(slots=True)
class Billed:
    """
    The newest progressive invoice in force of a subscription's time; it holds all usage until then.

    `to_credit_cents` is what the next invoice takes off (rule M14), `earlier` are the invoices before it, newest first.
    """

    invoice: Invoice
    earlier: list[Invoice] = field(default_factory=list)
    to_credit_cents: int = 0
    lines: dict[Hashable, Decimal] = field(default_factory=dict)  # by usage, what is not taken off by coupons
    charges: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Reached:
    """How many progressive invoices a subscription's time has had, and the usage of its life at the last of them."""

    count: int = 0
    lifetime_usage_cents: int = 0


def billed_before(moments: Mapping[int, datetime]) -> dict[int, Billed]:
    """
    Return by subscription what was billed of the time that contains the moment; no key where nothing was.

    Four queries, one where there is nothing.
    """
    found: dict[int, Billed] = {}
    for row in _rows(moments).filter(invoice__status=Status.FINALIZED).select_related("invoice").order_by("-pk"):
        if _is_in(row, moments):
            billed = found.get(row.subscription_id)
            if billed is None:
                found[row.subscription_id] = Billed(row.invoice)
            else:
                billed.earlier.append(row.invoice)
    if found:
        _add_figures({billed.invoice.pk: billed for billed in found.values()})
    return found


def reached_before(moments: Mapping[int, datetime]) -> dict[int, Reached]:
    """Return by subscription what was reached within the time that contains the moment; void invoices only count."""
    found: dict[int, Reached] = {}
    by_invoice: dict[int, Reached] = {}
    for row in _rows(moments).select_related("invoice").order_by("pk"):
        if _is_in(row, moments):
            reached = found.setdefault(row.subscription_id, Reached())
            reached.count += 1
            if row.invoice.status != Status.VOIDED:
                by_invoice[row.invoice_id] = reached
    for applied in AppliedUsageThreshold.objects.filter(invoice__in=by_invoice).order_by("pk"):
        by_invoice[applied.invoice_id].lifetime_usage_cents = applied.lifetime_usage_amount_cents
    return found


def usage_key(fee: Fee) -> Hashable:
    """Return what tells a usage fee from the other usage of its subscription, whoever's copy of the charge it is."""
    groups = {key: value for key, value in fee.grouped_by.items() if value}
    return root_charge(fee), json.dumps(fee.filter_values, sort_keys=True), json.dumps(groups, sort_keys=True)


def root_charge(fee: Fee) -> int:
    """Return the key of a usage fee's charge, or of the charge that this one was made from."""
    assert fee.charge is not None
    return fee.charge.parent_id or fee.charge.pk


def credited_on(invoice: Invoice) -> bool:
    """Say whether a final invoice has taken off what this progressive invoice billed."""
    return ProgressiveCredit.objects.filter(progressive_invoice=invoice, invoice__status=Status.FINALIZED).exists()


def _rows(moments: Mapping[int, datetime]) -> "QuerySet[InvoiceSubscription]":
    earliest, latest = min(moments.values()), max(moments.values())
    rows = InvoiceSubscription.objects.filter(subscription__any_of=list(moments))
    times = rows.filter(charges_from_at__lte=latest, charges_to_at__gt=earliest)
    return times.filter(invoice__invoice_type=Type.PROGRESSIVE_BILLING)


def _is_in(row: InvoiceSubscription, moments: Mapping[int, datetime]) -> bool:
    start, end, moment = row.charges_from_at, row.charges_to_at, moments[row.subscription_id]
    return start is not None and end is not None and start <= moment < end


def _add_figures(found: Mapping[int, Billed]) -> None:
    for fee in Fee.objects.filter(invoice__in=found).select_related("charge").order_by("pk"):
        billed, key = found[fee.invoice_id or 0], usage_key(fee)
        coupons = fee.precise_coupons_amount_cents - fee.precise_progressive_amount_cents
        billed.lines[key] = billed.lines.get(key, Decimal(0)) + fee.amount_cents - coupons
        billed.charges.add(root_charge(fee))
    credits = ProgressiveCredit.objects.filter(progressive_invoice__in=found, invoice__status=Status.FINALIZED)
    taken = _sums(credits.values_list("progressive_invoice_id"), "amount_cents")
    notes = CreditNote.objects.filter(invoice__in=found).exclude(credit_status=CreditNote.CreditStatus.VOIDED)
    given_back = _sums(notes.values_list("invoice_id"), "sub_total_excluding_taxes_amount_cents")
    for pk, billed in found.items():
        net = billed.invoice.fees_amount_cents - billed.invoice.coupons_amount_cents
        billed.to_credit_cents = max(0, net - taken.get(pk, 0) - given_back.get(pk, 0))


def _sums(rows: "QuerySet[Any]", name: str) -> dict[int, int]:
    return dict(rows.annotate(cents=Sum(name)).order_by())
