"""Credit notes that are asked for: checked against what is left of the invoice, estimated or made (table 1.15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from billing_site.core.errors import Invalid, NotFound, invalid
from credits.models import WalletTransaction
from customers.models import Customer
from invoicing.calculations.credit_notes import CreditedFee, NoteAmounts, Shares
from invoicing.models import CreditNote, Invoice
from invoicing.selectors.creditable import Creditable, creditable
from invoicing.services.credit_notes import drafts, top_up_notes
from invoicing.services.credit_notes.top_up_notes import InvalidTypeOrStatus

Items = Sequence[tuple[UUID, int]]  # fee, minor units without taxes


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a note over some items would come to, and at most which way it could go."""

    invoice: Invoice
    items: list[tuple[UUID, int]]
    sums: NoteAmounts
    max_creditable_cents: int
    max_refundable_cents: int
    max_offsettable_cents: int


def estimate(invoice: Invoice, items: Items) -> Estimate:
    """
    Return what a note over these items would come to (rule M116).

    :raises InvalidTypeOrStatus: (405) if nothing can be credited of such an invoice
    :raises NotFound: if a fee is not on the invoice
    :raises Invalid: if more is asked than is left of a fee
    """
    facts, entry = _facts(invoice), _bought(invoice)
    sums = facts.amounts(_items(facts, items))
    total = sums.estimated_cents
    if entry:
        top_up_notes.check_amounts(entry, total)
    return Estimate(
        invoice,
        list(items),
        sums,
        max_creditable_cents=0 if entry else total,
        max_refundable_cents=min(total, facts.refundable_cents),
        max_offsettable_cents=min(total, facts.offsettable_cents),
    )


@transaction.atomic
def create(invoice: Invoice, *, items: Items, shares: Shares, now: datetime, terms: Mapping[str, object]) -> CreditNote:
    """
    Give back parts of fees of a final invoice. `terms` are reason, description and metadata.

    :raises InvalidTypeOrStatus: (405) if nothing can be credited of such an invoice
    :raises NotFound: if a fee is not on the invoice
    :raises Invalid: if it is more than is left, than was paid or than is due, or does not match the items
    """
    Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    facts, entry = _facts(invoice), _bought(invoice, shares)
    credited = _items(facts, items)
    sums = facts.amounts(credited)
    if entry:
        top_up_notes.check_amounts(entry, sums.total_cents, shares)
    _check(shares, sums, facts)
    note = drafts.write(drafts.compose(facts, credited, shares, terms, now=now), now=now)
    if entry:
        top_up_notes.follow(note, entry, now=now)
    return note


def _facts(invoice: Invoice) -> Creditable:
    if invoice.status != Invoice.Status.FINALIZED:
        raise InvalidTypeOrStatus("Only a final invoice that is not void can be credited.")
    return creditable([invoice])[invoice.pk]


def _bought(invoice: Invoice, shares: Shares | None = None) -> WalletTransaction | None:
    """Return the credits that an invoice was for; None for all other invoices."""
    return top_up_notes.check_state(invoice, shares) if invoice.invoice_type == Invoice.Type.CREDIT else None


def _items(facts: Creditable, items: Items) -> list[CreditedFee]:
    fees = {fee.lago_id: fee for fee in facts.fees}
    asked: dict[int, Decimal] = {}
    for fee_id, cents in items:
        if fee_id not in fees:
            raise NotFound("fee")
        fee = fees[fee_id]
        asked[fee.pk] = asked.get(fee.pk, Decimal(0)) + cents
        if asked[fee.pk] > facts.left_of(fee):
            raise invalid("amount_cents", "higher_than_remaining_fee_amount", "More is asked than is left of the fee.")
    return facts.items(asked)


def _check(shares: Shares, sums: NoteAmounts, facts: Creditable) -> None:
    errors: dict[str, list[str]] = {}
    if shares.total_cents <= 0:
        errors["base"] = ["total_amount_must_be_positive"]
    elif abs(shares.total_cents - (sums.base_cents + sums.taxes_cents)) > 1:
        errors["base"] = ["does_not_match_item_amounts"]
    if shares.refund_cents:
        _check_refund(shares.refund_cents, facts, errors)
    if shares.offset_cents > facts.offsettable_cents:
        is_paid = not facts.invoice.total_due_amount_cents
        code = "cannot_apply_to_paid_invoice" if is_paid else "higher_than_remaining_invoice_amount"
        errors["offset_amount_cents"] = [code]
    if shares.credit_cents > facts.total_cents + 1:  # the cent of rounding that a note is fitted by
        errors["credit_amount_cents"] = ["higher_than_remaining_invoice_amount"]
    if errors:
        raise Invalid(errors)


def _check_refund(cents: int, facts: Creditable, errors: dict[str, list[str]]) -> None:
    if not facts.invoice.total_paid_amount_cents:
        errors["refund_amount_cents"] = ["cannot_refund_unpaid_invoice"]
    elif cents > facts.refundable_cents:
        errors["refund_amount_cents"] = ["higher_than_remaining_invoice_amount"]
