"""What came in, on the pages of customers and invoices."""

from typing import Any

from django.db.models import QuerySet

from billing_site.core.admin.panels import Table, link
from billing_site.core.admin.shown import shown_local_day, shown_money

SHOWN = 8


def payments_table(payments: "QuerySet[Any]", zone: str) -> Table:
    """Return the latest of these payments."""
    rows = payments.select_related("invoice").order_by("-id")[:SHOWN]
    return Table(
        "Payments",
        ("Payment", "For", "State", "Paid", "Amount"),
        [
            (
                link(row),
                link(row.invoice),
                row.get_state_display(),
                shown_local_day(row.paid_at, zone) if row.paid_at else "–",
                shown_money(row.amount_cents, row.currency),
            )
            for row in rows
        ],
        empty="None yet. “Record a payment” on an invoice's page writes down a bank transfer.",
        numeric=frozenset({4}),
    )
