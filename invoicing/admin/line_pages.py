"""Why a line is as high as it is: its figures, its usage by day, its events, against the period before; printable."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from billing_site.core import money
from billing_site.core.admin.panels import Chart, Facts, Page, Panel, Table
from billing_site.core.admin.shown import shown_local_day, shown_moment, shown_money, shown_number
from billing_site.core.periods import MOMENT, Period, local_date, local_midnight
from invoicing.models import Fee
from invoicing.selectors import explanations
from plans.models import Charge
from plans.selectors.charges import with_prices
from plans.selectors.rating import RatingRequest, rate

MOST_DAYS, SHOWN_EVENTS = 62, 50


def page(fee: Fee, *, zone: str) -> Page:
    """Return the panels of a line, stored or still to come; a few queries, however much was used."""
    before = explanations.fee_before(fee)
    panels: list[Panel] = [_at_a_glance(fee, zone), _against(fee, before, zone)]
    if fee.charge_id and fee.from_at and fee.to_at:
        panels += [_by_day(fee, zone), _price(fee), _events(fee, zone)]
    return Page(main=panels)


def _at_a_glance(fee: Fee, zone: str) -> Facts:
    net = fee.amount_cents - round(fee.precise_coupons_amount_cents)
    rows = [
        ("Comes to", shown_money(fee.amount_cents, fee.currency), "before discounts and taxes"),
        ("Units", shown_number(fee.units), f"{fee.events_count} events" if fee.events_count is not None else ""),
        ("A unit, on average", f"{fee.currency} {money.plain(fee.precise_unit_amount)}", ""),
        ("Time", _time(fee, zone), zone),
    ]
    if net != fee.amount_cents:
        rows.append(("After discounts", shown_money(net, fee.currency), ""))
    if fee.taxes_amount_cents:
        rows.append(("Taxes", shown_money(fee.taxes_amount_cents, fee.currency), ""))
    return Facts(str(fee), rows)


def _time(fee: Fee, zone: str) -> str:
    if fee.from_at is None or fee.to_at is None:
        return "–"
    return f"{shown_local_day(fee.from_at, zone)} – {shown_local_day(fee.to_at - MOMENT, zone)}"


def _against(fee: Fee, before: Fee | None, zone: str) -> Table:
    rows: list[tuple[str, str, str, str]] = []
    if before is not None:
        rows = [
            ("Time", _time(before, zone), _time(fee, zone), ""),
            ("Units", shown_number(before.units), shown_number(fee.units), _more(before.units, fee.units)),
            (
                "Comes to",
                shown_money(before.amount_cents, before.currency),
                shown_money(fee.amount_cents, fee.currency),
                _more(Decimal(before.amount_cents), Decimal(fee.amount_cents)),
            ),
            ("Events", str(before.events_count or 0), str(fee.events_count or 0),
             _more(Decimal(before.events_count or 0), Decimal(fee.events_count or 0))),
        ]  # fmt: skip
    return Table(
        "Against the period before",
        ("", "Before", "Now", "Difference"),
        rows,
        empty="There was none: this is the first time that it is billed.",
        numeric=frozenset({1, 2, 3}),
    )


def _more(before: Decimal, now: Decimal) -> str:
    if before == now:
        return "the same"
    if not before:
        return "new"
    share = (now - before) * 100 / abs(before)
    return f"{share:+.0f} %".replace("-", "−")


def _by_day(fee: Fee, zone: str) -> Chart:
    assert fee.from_at is not None
    assert fee.to_at is not None
    assert fee.subscription is not None
    days: list[Period] = []
    start = fee.from_at
    while start < fee.to_at and len(days) < MOST_DAYS:
        end = min(local_midnight(local_date(start, zone) + timedelta(days=1), zone), fee.to_at)
        days.append(Period(start, end))
        start = end
    charges = list(with_prices(Charge.objects.filter(pk=fee.charge_id)))
    groups = {key: (str(value),) for key, value in fee.grouped_by.items()}
    whole = Period(fee.from_at, fee.to_at)
    rated = rate(RatingRequest(fee.subscription, charges, day, groups=groups, full_period=whole) for day in days)
    units = [
        sum((item.usage.units for item in items if _filter_of(item) == fee.charge_filter_id), Decimal(0))
        for items in rated
    ]
    labels = [f"{local_date(day.start, zone):%d %b}" for day in days]
    return Chart("Units by day", labels, {"Units": [money.plain(value) for value in units]},
                 note="Each day by itself; what goes on from day to day is in each of them.")  # fmt: skip


def _filter_of(item: Any) -> int | None:
    return item.charge_filter.pk if item.charge_filter is not None else None


def _price(fee: Fee) -> Table:
    return Table(
        "How the price was worked out",
        ("Step", "Figure"),
        list(_steps(fee.amount_details or {})),
        empty="Units times the price of a unit.",
        numeric=frozenset({1}),
    )


def _steps(details: Mapping[str, Any], said: str = "") -> Sequence[tuple[str, str]]:
    """Return what a fee was computed from, however deep, a row for each figure."""
    rows: list[tuple[str, str]] = []
    for name, value in details.items():
        words = " ".join(filter(None, (said, name.replace("_", " ")))).capitalize()
        if isinstance(value, Mapping):
            rows += _steps(value, words)
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                rows += _steps(item, f"Tier {number}:") if isinstance(item, Mapping) else [(words, str(item))]
        else:
            rows.append((words, "–" if value is None else str(value)))
    return rows


def _events(fee: Fee, zone: str) -> Table:
    events = explanations.events_of(fee)[:SHOWN_EVENTS]
    return Table(
        "Events",
        ("When", "Transaction", "Properties"),
        [
            (
                shown_moment(event.timestamp, zone),
                event.transaction_id,
                ", ".join(f"{name}: {value}" for name, value in event.properties.items()) or "–",
            )
            for event in events
        ],
        empty="None of them is kept.",
        note=f"The first {SHOWN_EVENTS}." if len(events) == SHOWN_EVENTS else "",
    )
