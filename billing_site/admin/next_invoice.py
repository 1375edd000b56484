"""The panel of the next invoice, line by line."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from billing_site.core.admin.panels import Table, list_link
from billing_site.core.admin.shown import shown_local_day, shown_money
from invoicing.models import Fee
from invoicing.services.previews import Upcoming


def next_invoice_panel(upcoming: Sequence[Upcoming], *, zone: str, on: str = "") -> Table:
    """Return what the customer will be asked for next, or from a day on; each line opens to what it is made of."""
    lines: list[tuple[str, str]] = []
    totals: list[tuple[str, str]] = []
    places: dict[int, int] = {}
    for item in upcoming:
        invoice = item.draft.invoice
        lines += [
            (_opened(row.fee, places, on), shown_money(row.fee.amount_cents, invoice.currency))
            for row in item.draft.fees
        ]
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
        on=on,
        has_day=True,
    )


def _opened(fee: Fee, places: dict[int, int], on: str) -> str:
    """Return a line as a link: it is found again by its place among the lines of its subscription."""
    key = int(fee.subscription_id or 0)
    place = places[key] = places.get(key, -1) + 1
    address = reverse("admin:invoicing_upcoming_line", args=[key, place])
    return list_link(f"{address}?{urlencode({'on': on})}" if on else address, str(fee))
