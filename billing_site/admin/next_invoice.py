"""The panel of the next invoice, line by line."""

from collections.abc import Sequence

from billing_site.core.admin.panels import Table
from billing_site.core.admin.shown import shown_local_day, shown_money
from invoicing.services.previews import Upcoming


def next_invoice_panel(upcoming: Sequence[Upcoming], *, zone: str) -> Table:
    """Return what the customer will be asked for next, as it stands now."""
    lines: list[tuple[str, str]] = []
    totals: list[tuple[str, str]] = []
    for item in upcoming:
        invoice = item.draft.invoice
        lines += [(str(fee.fee), shown_money(fee.fee.amount_cents, invoice.currency)) for fee in item.draft.fees]
        lines += [
            (label, shown_money(cents, invoice.currency))
            for label, cents in (("Discounts", -invoice.coupons_amount_cents), ("Taxes", invoice.taxes_amount_cents))
            if cents
        ]
        totals.append(("Total", shown_money(invoice.total_amount_cents, invoice.currency)))
    return Table(
        "Next invoice",
        ("Line", "Amount"),
        lines,
        empty="Nothing is due. A subscription that runs brings the next invoice.",
        numeric=frozenset({1}),
        note=f"On {shown_local_day(upcoming[0].at, zone)}, with the usage so far." if upcoming else "",
        foot=totals,
    )
