"""
Laws of any invoice, through the real settlement: lines, coupons and taxes make the total, and a note takes it back.

Twenty thousand in the soak, a share of them in every run.
"""

import random
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from billing_site.core import bulk, money
from credits.models import AppliedCoupon, Coupon
from customers.calculations.taxes import TaxRate
from customers.models import Tax
from invoicing.calculations.credit_notes import CreditedFee, amounts
from invoicing.models import Fee, Invoice
from invoicing.services import settlement
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft

NOW = datetime(2024, 2, 1, tzinfo=UTC)
CURRENCIES = ("JPY", "EUR", "KWD")
TAXES = [
    Tax(pk=number, code=f"t{number}", name=f"T{number}", rate=Decimal(rate))
    for number, rate in enumerate(("20", "19.6", "7.7", "0.125", "0", "33.33333", "100"), 1)
]
LARGEST = (9, 100, 99_999, 10**9)


def any_draft(chance):
    currency = chance.choice(CURRENCIES)
    invoice = bulk.new(
        Invoice, currency=currency, customer_id=1, billing_entity_id=1, total_amount_cents=0,
        created_at=NOW, updated_at=NOW, invoice_type="one_off", status="draft", payment_status="pending",
        operation_key="any", timezone="UTC", issuing_date=NOW.date(), expected_finalization_date=NOW.date(),
        payment_due_date=NOW.date(),
    )  # fmt: skip
    largest = chance.choice(LARGEST)
    fees = []
    for number in range(chance.randrange(1, 12)):
        precise = Decimal(chance.randrange(largest * 1000)) / 1000
        fee = Fee(pk=number + 1, currency=currency, amount_cents=money.round_half_up(precise))
        fee.precise_amount_cents = precise
        fees.append(FeeDraft(fee, chance.sample(TAXES, chance.randrange(4))))
    return InvoiceDraft(invoice, SimpleNamespace(), fees=fees)


def any_coupons(chance, currency):
    found = []
    for number in range(chance.randrange(4)):
        is_fixed = chance.random() < 0.5
        coupon = Coupon(pk=number + 1, name="any", coupon_type="fixed_amount" if is_fixed else "percentage")
        coupon._prefetched_objects_cache = {"plans": Coupon.objects.none(), "billable_metrics": Coupon.objects.none()}
        for name in ("plans", "billable_metrics"):
            coupon._prefetched_objects_cache[name]._result_cache = []
        frequency = chance.choice(("once", "forever", "recurring"))
        applied = AppliedCoupon(
            pk=number + 1, coupon=coupon, frequency=frequency, created_at=NOW, amount_currency=currency,
            frequency_duration_remaining=2 if frequency == "recurring" else None,
        )  # fmt: skip
        if is_fixed:
            applied.amount_cents = chance.randrange(1, chance.choice(LARGEST) + 1)
            applied.remaining_cents = applied.amount_cents if frequency == "once" else None
        else:
            applied.percentage_rate = Decimal(chance.randrange(1, 10001)) / 100
        found.append(applied)
    return found


def check(draft):
    invoice, fees = draft.invoice, [item.fee for item in draft.fees]
    coupons = sum(row.amount_cents for row in draft.credits)
    taxes = sum(row.amount_cents for row in draft.taxes)
    assert sum(fee.amount_cents for fee in fees) - coupons + taxes == invoice.total_amount_cents
    assert (coupons, taxes) == (invoice.coupons_amount_cents, invoice.taxes_amount_cents)
    assert sum(fee.precise_coupons_amount_cents for fee in fees) == coupons
    assert all(0 <= fee.precise_coupons_amount_cents <= fee.amount_cents for fee in fees)
    assert all(row.amount_cents >= 0 for row in draft.taxes)
    rates = [sum((tax.rate for tax in item.taxes), Decimal(0)) for item in draft.fees]
    bases = [fee.amount_cents - fee.precise_coupons_amount_cents for fee in fees]
    assert taxes == money.round_half_up(sum(base * rate / 100 for base, rate in zip(bases, rates, strict=True)))
    note = amounts([_whole(item) for item in draft.fees])
    assert note.total_cents == invoice.total_amount_cents
    assert note.base_cents == invoice.sub_total_excluding_taxes_amount_cents


def _whole(item):
    rates = tuple(TaxRate(tax.pk, tax.code, tax.name, tax.rate) for tax in item.taxes)
    fee = item.fee
    return CreditedFee(fee.pk, fee.amount_cents, fee.precise_coupons_amount_cents, rates, Decimal(fee.amount_cents))


@money.exact
def settle_many(count):
    chance = random.Random(count)
    seen = set()
    for _ in range(count):
        draft = any_draft(chance)
        coupons = any_coupons(chance, draft.invoice.currency)
        settlement.discount(draft, coupons, now=NOW)
        settlement.total(draft, now=NOW)
        check(draft)
        seen.add((draft.invoice.currency, bool(draft.credits), bool(draft.taxes)))
    assert len(seen) == 4 * len(CURRENCIES)


def test_lines_coupons_and_taxes_make_the_total_and_a_note_takes_it_back():
    settle_many(1_500)


@pytest.mark.soak
def test_they_do_so_for_twenty_thousand_invoices():
    settle_many(20_000)
