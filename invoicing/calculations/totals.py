"""The identity of an invoice: how its sums follow from one another (Lago rules M11 to M15b)."""

import msgspec


class InvoiceTotals(msgspec.Struct, frozen=True, kw_only=True):
    """
    The sums of an invoice in minor units; those that follow from others are computed and never stored apart.

    :raises ValueError: if more is taken off than there is
    """

    fees_cents: int
    progressive_billing_credit_cents: int = 0
    coupons_cents: int = 0
    taxes_cents: int = 0
    credit_notes_cents: int = 0
    prepaid_credit_cents: int = 0

    def __post_init__(self) -> None:
        if self.sub_total_excluding_taxes_cents < 0 or self.total_cents < 0:
            raise ValueError("An invoice cannot take off more than it asks for.")

    @property
    def sub_total_excluding_taxes_cents(self) -> int:
        """Return the fees less what earlier progressive invoices and coupons take off: the base of the taxes."""
        return self.fees_cents - self.progressive_billing_credit_cents - self.coupons_cents

    @property
    def sub_total_including_taxes_cents(self) -> int:
        """Return what the customer owes for this invoice alone."""
        return self.sub_total_excluding_taxes_cents + self.taxes_cents

    @property
    def total_cents(self) -> int:
        """Return what is to be paid in money, after credit notes and prepaid credits."""
        return self.sub_total_including_taxes_cents - self.credit_notes_cents - self.prepaid_credit_cents

    @property
    def is_settled(self) -> bool:
        """Say whether nothing is left to pay from the start; the payment of such an invoice has succeeded."""
        return self.total_cents == 0


def total_due_cents(total_cents: int, *, paid_cents: int, offset_cents: int = 0) -> int:
    """Return what is still to be paid after payments and the credit notes set off against it (Lago rule M15b)."""
    return total_cents - paid_cents - offset_cents
