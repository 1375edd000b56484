"""
From fees to what is to be paid: coupons, then taxes, then the sums (rules M11 to M28).

Works on rows in memory. Coupons come off only when an invoice becomes final, a draft shows none (rule M13).
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from billing_site.core import bulk
from billing_site.core.money import exact
from credits.calculations.coupons import CouponUse, CustomerCoupon, DiscountedFee, apply_coupons
from credits.models import AppliedCoupon
from customers.calculations.taxes import FeeTaxes, TaxableFee, TaxRate, fee_taxes, invoice_taxes
from customers.models import Tax
from invoicing.calculations.credit_notes import FIVE_DECIMALS
from invoicing.calculations.totals import InvoiceTotals
from invoicing.models import CreditNoteUse, InvoiceCredit, InvoiceTax
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft


def discount(draft: InvoiceDraft, coupons: Sequence[AppliedCoupon], *, now: datetime) -> list[AppliedCoupon]:
    """Take the customer's coupons off the fees, and return those coupons changed (unsaved) by what they gave."""
    if not coupons or not draft.fees:
        return []
    fees = [_discounted(number, item) for number, item in enumerate(draft.fees)]
    discounts = apply_coupons([_terms(coupon) for coupon in coupons], fees, currency=draft.invoice.currency)
    for fee, item in zip(discounts.fees, draft.fees, strict=True):
        item.fee.precise_coupons_amount_cents = fee.precise_coupons_cents
    by_id = {coupon.pk: coupon for coupon in coupons}
    draft.credits = [
        bulk.new(
            InvoiceCredit,
            invoice=draft.invoice,
            applied_coupon=by_id[int(use.key)],
            name=by_id[int(use.key)].coupon.name,
            amount_cents=use.amount_cents,
            created_at=now,
        )
        for use in discounts.uses
    ]
    return [_used(by_id[int(use.key)], use, now) for use in discounts.uses]


def tax_fees(fees: Sequence[FeeDraft]) -> tuple[list[TaxableFee], dict[int, Tax]]:
    """Put the taxes on fees; return what they were computed from, and the taxes by key."""
    lists = {id(item.taxes): item.taxes for item in fees}  # most fees of an invoice share one
    rates = {key: tuple(map(_rate_of, taxes)) for key, taxes in lists.items()}
    taxable = [_taxable(item, rates[id(item.taxes)]) for item in fees]
    for item, figures in zip(fees, taxable, strict=True):
        _tax_fee(item, fee_taxes(figures))
    return taxable, {tax.pk: tax for taxes in lists.values() for tax in taxes}


def total(draft: InvoiceDraft, *, now: datetime) -> None:
    """Put the taxes on the fees and the invoice, and the sums on the invoice."""
    tax_fees(draft.alone)
    taxable, taxes = tax_fees(draft.fees)
    owed = invoice_taxes(taxable)
    draft.taxes = [
        bulk.new(
            InvoiceTax,
            invoice=draft.invoice,
            tax=taxes[int(row.tax.key)],
            code=row.tax.code,
            name=row.tax.name,
            description=taxes[int(row.tax.key)].description,
            rate=row.tax.rate,
            amount_cents=row.amount_cents,
            fees_amount_cents=row.base_cents,
            created_at=now,
        )
        for row in owed.rows
    ]
    sums = InvoiceTotals(
        fees_cents=sum(item.fee.amount_cents for item in draft.fees),
        progressive_billing_credit_cents=sum(taken.credit_cents for taken in draft.taken_off),
        coupons_cents=sum(credit.amount_cents for credit in draft.credits),
        taxes_cents=owed.amount_cents,
    )
    invoice = draft.invoice
    invoice.fees_amount_cents = sums.fees_cents
    invoice.progressive_billing_credit_amount_cents = sums.progressive_billing_credit_cents
    invoice.coupons_amount_cents = sums.coupons_cents
    invoice.sub_total_excluding_taxes_amount_cents = sums.sub_total_excluding_taxes_cents
    invoice.taxes_amount_cents, invoice.taxes_rate = sums.taxes_cents, owed.rate
    invoice.sub_total_including_taxes_amount_cents = sums.sub_total_including_taxes_cents
    invoice.total_amount_cents = sums.total_cents
    is_paid = sums.is_settled
    invoice.payment_status = invoice.PaymentStatus.SUCCEEDED if is_paid else invoice.PaymentStatus.PENDING


def use_notes(draft: InvoiceDraft, *, now: datetime) -> None:
    """
    Let the balances of the customer's credit notes pay the invoice, after taxes, the oldest first (rule M110).

    The notes (in memory) have less left after that; they are written with the invoice.
    """
    invoice = draft.invoice
    for note in draft.notes:
        cents = min(note.balance_amount_cents, invoice.total_amount_cents)
        if cents <= 0 or note.currency != invoice.currency:
            continue
        for item, share in zip(draft.fees, _paid_by_note(draft, cents), strict=True):
            item.fee.precise_credit_notes_amount_cents += share
        note.balance_amount_cents -= cents
        note.credit_status = note.CreditStatus.AVAILABLE if note.balance_amount_cents else note.CreditStatus.CONSUMED
        note.updated_at = now
        use = CreditNoteUse(lago_id=uuid.uuid4(), credit_note=note, invoice=invoice, amount_cents=cents, created_at=now)
        draft.note_uses.append(use)
        invoice.credit_notes_amount_cents += cents
        invoice.total_amount_cents -= cents
    if not invoice.total_amount_cents:
        invoice.payment_status = invoice.PaymentStatus.SUCCEEDED


@exact
def _paid_by_note(draft: InvoiceDraft, cents: int) -> list[Decimal]:
    """Return how much of each fee, taxes included, a note pays; to five decimals and never more than is left of it."""
    left = [
        item.fee.amount_cents
        - Decimal(item.fee.precise_coupons_amount_cents)
        + item.fee.taxes_precise_amount_cents
        - Decimal(item.fee.precise_credit_notes_amount_cents)
        for item in draft.fees
    ]
    total = draft.invoice.total_amount_cents
    return [max(Decimal(0), min(part, (part * cents / total).quantize(FIVE_DECIMALS))) for part in left]


def _tax_fee(item: FeeDraft, owed: FeeTaxes) -> None:
    fee = item.fee
    fee.taxes_amount_cents, fee.taxes_rate = owed.amount_cents, owed.rate
    fee.taxes_precise_amount_cents = owed.precise_amount_cents
    item.tax_rows = owed.rows


def _rate_of(tax: Tax) -> TaxRate:
    return TaxRate(tax.pk, tax.code, tax.name, tax.rate)


def _taxable(item: FeeDraft, rates: tuple[TaxRate, ...]) -> TaxableFee:
    fee = item.fee
    return TaxableFee(fee.amount_cents, fee.precise_amount_cents, rates, Decimal(fee.precise_coupons_amount_cents))


def _discounted(number: int, item: FeeDraft) -> DiscountedFee:
    subscription, charge = item.fee.subscription, item.fee.charge
    plans = {subscription.plan_id, subscription.plan.parent_id} - {None} if subscription else set()
    return DiscountedFee(
        key=number,
        amount_cents=item.fee.amount_cents,
        plan_keys=frozenset(int(plan) for plan in plans if plan is not None),
        metric_key=charge.billable_metric_id if charge else None,
        precise_coupons_cents=Decimal(item.fee.precise_coupons_amount_cents),
    )


def _terms(applied: AppliedCoupon) -> CustomerCoupon:
    coupon = applied.coupon
    is_fixed = coupon.coupon_type == "fixed_amount"
    return CustomerCoupon(
        key=applied.pk,
        given_at=applied.created_at,
        frequency=applied.frequency,
        amount_cents=applied.amount_cents if is_fixed else None,
        currency=applied.amount_currency if is_fixed else None,
        percentage_rate=None if is_fixed else applied.percentage_rate,
        remaining_cents=applied.remaining_cents,
        invoices_left=applied.frequency_duration_remaining,
        plan_keys=frozenset(_keys(coupon.plans.all())),
        metric_keys=frozenset(_keys(coupon.billable_metrics.all())),
    )


def _keys(rows: Iterable[object]) -> list[int]:
    return [int(row.pk) for row in rows]  # type: ignore[attr-defined]


def _used(applied: AppliedCoupon, use: CouponUse, now: datetime) -> AppliedCoupon:
    applied.remaining_cents = use.remaining_cents
    applied.frequency_duration_remaining = use.invoices_left
    applied.updated_at = now
    if use.is_used_up:
        applied.status, applied.terminated_at = AppliedCoupon.Status.TERMINATED, now
    return applied
