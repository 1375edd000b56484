"""What can still be given back of invoices, read for any number of them with the same few queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Max, Prefetch, Sum

from customers.calculations.taxes import TaxRate
from invoicing.calculations.credit_notes import CreditedFee, NoteAmounts, amounts
from invoicing.models import CreditNote, CreditNoteItem, Fee, FeeTax, Invoice

ZERO = Decimal(0)


@dataclass(slots=True)
class Creditable:
    """An invoice with what its credit notes have given back so far; all in minor units."""

    invoice: Invoice
    fees: list[Fee] = field(default_factory=list)  # in the order of the invoice
    credited: dict[int, int] = field(default_factory=dict)  # by fee
    refunded_cents: int = 0
    rounded_cents: Decimal = ZERO  # by how much the taxes of the notes were rounded up
    last_number: int = 0

    def left_of(self, fee: Fee) -> int:
        """Return what has not been given back of a fee, without taxes (rule M114)."""
        return fee.amount_cents - self.credited.get(fee.pk, 0)

    def items(self, asked: dict[int, Decimal] | None = None) -> list[CreditedFee]:
        """Return the fees with these items (by fee); without, with all that is left of each."""
        wanted = {fee.pk: Decimal(self.left_of(fee)) for fee in self.fees} if asked is None else asked
        return [_credited(fee, wanted[fee.pk]) for fee in self.fees if wanted.get(fee.pk)]

    def amounts(self, items: list[CreditedFee]) -> NoteAmounts:
        """Return the sums of a note over items; one that leaves nothing takes up the rounding of those before."""
        left = sum(self.left_of(fee) for fee in self.fees)
        is_last = sum((item.item_cents for item in items), ZERO) == left
        return amounts(items, rounded_before=self.rounded_cents if is_last else ZERO)

    @property
    def total_cents(self) -> int:
        """Return what can be given back in all, with taxes."""
        return max(0, self.amounts(self.items()).total_cents)

    @property
    def paid_cents(self) -> int:
        """Return what was paid and not refunded."""
        return self.invoice.total_paid_amount_cents - self.refunded_cents

    @property
    def refundable_cents(self) -> int:
        """Return what can be paid back: of what was paid, what was not refunded (rule M114)."""
        return max(0, min(self.paid_cents, self.total_cents))

    @property
    def offsettable_cents(self) -> int:
        """Return what can be taken off what is due of the invoice (rule M114)."""
        return max(0, min(self.invoice.total_due_amount_cents, self.total_cents))


def creditable(invoices: Iterable[Invoice]) -> dict[int, Creditable]:
    """Return by invoice key what can be given back; three queries."""
    found = {invoice.pk: Creditable(invoice) for invoice in invoices}
    taxes = Prefetch("taxes", FeeTax.objects.select_related("tax").order_by("pk"))
    for fee in Fee.objects.filter(invoice__in=found, deleted_at=None).prefetch_related(taxes).order_by("pk"):
        assert fee.invoice_id is not None
        found[fee.invoice_id].fees.append(fee)
    items = CreditNoteItem.objects.filter(fee__invoice__in=found).values("fee_id", "fee__invoice_id")
    for row in items.annotate(cents=Sum("amount_cents")).order_by():
        found[row["fee__invoice_id"]].credited[row["fee_id"]] = row["cents"]
    notes = CreditNote.objects.filter(invoice__in=found).values("invoice_id")
    sums = notes.annotate(
        refunded=Sum("refund_amount_cents"),
        rounded=Sum(F("taxes_amount_cents") - F("precise_taxes_amount_cents")),
        last=Max("sequential_id"),
    )
    for invoice_id, refunded, rounded, last in sums.order_by().values_list("invoice_id", "refunded", "rounded", "last"):
        facts = found[invoice_id]
        facts.refunded_cents, facts.rounded_cents, facts.last_number = refunded, rounded, last
    return found


def available_notes(customers: Iterable[int]) -> dict[int, list[CreditNote]]:
    """Return by customer the notes that have a balance, the oldest first (rule M110)."""
    found: dict[int, list[CreditNote]] = {}
    rows = CreditNote.objects.filter(customer__any_of=set(customers), balance_amount_cents__gt=0)
    for note in rows.order_by("created_at", "pk"):
        found.setdefault(note.customer_id, []).append(note)
    return found


def _credited(fee: Fee, item_cents: Decimal) -> CreditedFee:
    rates = tuple(TaxRate(row.code, row.code, row.name, row.rate) for row in fee.taxes.all())
    return CreditedFee(fee.pk, fee.amount_cents, fee.precise_coupons_amount_cents, rates, item_cents)
