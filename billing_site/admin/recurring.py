"""Monthly recurring revenue on the home page: how much it is, and what has moved it."""

from datetime import date

from billing_site.core import money
from billing_site.core.admin.panels import Chart, Panel, Table
from billing_site.core.admin.shown import shown_money
from invoicing.selectors import analytics
from invoicing.selectors.analytics import Scope

MOVES = ("new_cents", "expansion_cents", "contraction_cents", "churn_cents")


def recurring_revenue(today: date, *, months: int) -> list[Panel]:
    """Return a chart of the last months and a table of their moves, in the currency that brings the most."""
    rows = analytics.read(analytics.MRR, Scope(first_of(today, months - 1), today))
    if not rows:
        return []
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["currency"]] = totals.get(row["currency"], 0) + row["amount_cents"]
    currency = max(totals, key=totals.__getitem__)
    by_month = {row["month"]: row for row in rows if row["currency"] == currency}
    shown = [first_of(today, back) for back in range(months - 1, -1, -1)]
    amounts = [by_month[month]["amount_cents"] if month in by_month else 0 for month in shown]
    return [
        Chart(
            f"Monthly recurring revenue, {currency}",
            [f"{month:%b %Y}" for month in shown],
            {"Recurring revenue": [money.to_amount(cents, currency) for cents in amounts]},
            note="Plan fees with taxes, after coupons; those for longer than a month are spread over their months.",
        ),
        Table(
            f"What moved it, {currency}",
            ("Month", "New", "Grew", "Shrank", "Left"),
            [
                (f"{month:%b %Y}", *(shown_money(by_month[month][name], currency) for name in MOVES))
                for month in reversed(shown)
                if month in by_month
            ],
            empty="Nothing has moved.",
            numeric=frozenset({1, 2, 3, 4}),
        ),
    ]


def first_of(today: date, months_back: int) -> date:
    """Return the first day of the month so many months ago."""
    year, month = divmod(today.year * 12 + today.month - 1 - months_back, 12)
    return date(year, month + 1, 1)
