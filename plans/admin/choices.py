"""What there is to choose from in forms about plans, and words for what was chosen."""

from collections.abc import Iterable

from customers.models import Tax
from metering.models import BillableMetric
from plans.models import AddOn, Plan, PricingUnit

MOST = 500
Choices = list[tuple[str, str]]


def taxes() -> Choices:
    """Return the taxes by code."""
    return [(tax.code, f"{tax.name} ({tax.rate.normalize():f} %)") for tax in Tax.objects.live().order_by("name", "id")]


def metrics() -> Choices:
    """Return the metrics by code, the newest few hundred."""
    rows = BillableMetric.objects.live().order_by("-id")[:MOST]
    return [("", "Choose…"), *sorted(((row.code, f"{row.name} ({row.code})") for row in rows), key=_by_name)]


def add_ons() -> Choices:
    """Return the add-ons by code."""
    rows = AddOn.objects.live().order_by("-id")[:MOST]
    return [("", "Choose…"), *sorted(((row.code, f"{row.name} ({row.code})") for row in rows), key=_by_name)]


def pricing_units(none: str) -> Choices:
    """Return the pricing units by code, after the currency."""
    return [("", none), *PricingUnit.objects.order_by("name", "id").values_list("code", "name")[:MOST]]


def plans(currency: str = "", *, without: Iterable[int] = ()) -> "list[Plan]":
    """Return the plans that can be sold, newest first; only those in a currency if one is named."""
    rows = Plan.objects.live().filter(parent=None, pending_deletion=False).exclude(pk__in=[*without])
    if currency:
        rows = rows.filter(amount_currency=currency)
    return list(rows.order_by("-id")[:MOST])


def tax_words(rows: Iterable[Tax]) -> str:
    """Return taxes in words."""
    return ", ".join(f"{tax.name} ({tax.rate.normalize():f} %)" for tax in rows)


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()
