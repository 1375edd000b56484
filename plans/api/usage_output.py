"""Current usage as Lago shows it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing_site.core.api import formats
from billing_site.core.periods import MOMENT, local_date
from plans.api.usage_shapes import (
    Breakdown,
    ChargeAndMetric,
    ChargeUsage,
    FilterUsage,
    GroupUsage,
    InPricingUnits,
    ProjectedUsage,
    ShownUsage,
    UsageFigures,
    UsageTotals,
)
from plans.models import Charge, Subscription
from plans.selectors.charges import live_filters
from plans.selectors.rating import RatedUsage
from plans.selectors.usage import CurrentUsage


def shown(subscription: Subscription, usage: CurrentUsage) -> ShownUsage:
    """Return current usage with all keys of Lago's."""
    return {**_totals(subscription, usage), "charges_usage": _charges(subscription, usage)}


def shown_with_projection(subscription: Subscription, usage: CurrentUsage, later: CurrentUsage) -> ProjectedUsage:
    """Return current usage with what it is expected to come to, under Lago's `projected_` keys."""
    charges, later_charges = _charges(subscription, usage), _charges(subscription, later)
    return {
        **_totals(subscription, usage),
        "projected_amount_cents": later.amount_cents,
        "charges_usage": _both(charges, later_charges),
    }


def _charges(subscription: Subscription, usage: CurrentUsage) -> list[ChargeUsage]:
    currency = subscription.plan.amount_currency
    return [charge_usage(charge, rated, currency) for charge, rated in usage.rated]


def _totals(subscription: Subscription, usage: CurrentUsage) -> UsageTotals:
    return {
        "from_datetime": formats.instant(usage.period.start),
        "to_datetime": formats.instant(usage.period.end - MOMENT),
        "issuing_date": local_date(usage.period.end - MOMENT, usage.zone).isoformat(),
        "currency": subscription.plan.amount_currency,
        "amount_cents": usage.amount_cents,
        "total_amount_cents": usage.amount_cents + usage.taxes_cents,
        "taxes_amount_cents": usage.taxes_cents,
        "lago_invoice_id": None,
    }


def _both(now: Sequence[Any], then: Sequence[Any]) -> list[Any]:
    """Return the entries of usage beside those of its projection, which come in the same order."""
    return [_one_of_both(*pair) for pair in zip(now, then, strict=True)]


def _one_of_both(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    entry = {
        **now,
        "projected_units": then["units"],
        "projected_amount_cents": then["amount_cents"],
        "projected_presentation_breakdowns": then["presentation_breakdowns"],
    }
    for name in ("filters", "grouped_usage"):
        if name in now:
            entry[name] = _both(now[name], then[name])
    if now["pricing_unit_details"] and then["pricing_unit_details"]:
        amount = then["pricing_unit_details"]["amount_cents"]
        entry["pricing_unit_details"] = {**now["pricing_unit_details"], "projected_amount_cents": amount}
    if "values" in now:
        entry["values"] = now["values"] or {}
    return entry


def charge_usage(charge: Charge, rated: Sequence[RatedUsage], currency: str) -> ChargeUsage:
    """Return the usage of one charge: its sums, then by filter, then by group."""
    return {
        **_figures(rated),
        "amount_currency": currency,
        **charge_and_metric(charge),
        "filters": _by_filter(charge, rated),
        "grouped_usage": _by_group(charge, rated),
        "presentation_breakdowns": _breakdowns(
            item for item in rated if item.charge_filter is None and not item.usage.grouped_by
        ),
    }


def breakdown(by: Mapping[str, str], units: Decimal) -> Breakdown:
    """Return a part of usage; a property that its events lack is not named, since clients break on null here."""
    return {
        "presentation_by": {key: value for key, value in by.items() if value},
        "units": formats.decimal_string(units),
    }


def _breakdowns(rated: Iterable[RatedUsage]) -> list[Breakdown]:
    return [breakdown(part.grouped_by, item.units_now_of(part)) for item in rated for part in item.parts]


def charge_and_metric(charge: Charge) -> ChargeAndMetric:
    """Return what usage, current or past, says of the charge and of the metric that it prices."""
    metric = charge.billable_metric
    return {
        "charge": {
            "lago_id": charge.lago_id,
            "code": charge.code,
            "charge_model": charge.charge_model,
            "invoice_display_name": charge.invoice_display_name or None,
        },
        "billable_metric": {
            "lago_id": metric.lago_id,
            "name": metric.name,
            "code": metric.code,
            "aggregation_type": metric.aggregation_type,
        },
    }


def _by_filter(charge: Charge, rated: Sequence[RatedUsage]) -> list[FilterUsage]:
    """Return an entry for each filter and one for what no filter took; nothing for a charge without filters."""
    if not live_filters(charge):
        return []
    found: dict[int | None, list[RatedUsage]] = {row.pk: [] for row in live_filters(charge)} | {None: []}
    for item in rated:
        found[item.charge_filter.pk if item.charge_filter else None].append(item)
    names = {row.pk: row for row in live_filters(charge)}
    return [_filter(names.get(pk or 0), items) for pk, items in found.items()]


def _by_group(charge: Charge, rated: Sequence[RatedUsage]) -> list[GroupUsage]:
    """Return an entry for each group, what has no group being one; nothing where no usage is grouped."""
    if not any(item.usage.grouped_by for item in rated):
        return []
    found: dict[tuple[tuple[str, str], ...], list[RatedUsage]] = {}
    for item in rated:
        found.setdefault(tuple(sorted(item.usage.grouped_by.items())), []).append(item)
    return [
        {
            **_figures(items),
            "grouped_by": {key: value or None for key, value in items[0].usage.grouped_by.items()},
            "filters": [_filter(item.charge_filter, [item]) for item in items] if live_filters(charge) else [],
            "presentation_breakdowns": _breakdowns(item for item in items if item.charge_filter is None),
        }
        for items in found.values()
    ]


def _filter(row: Any, items: Sequence[RatedUsage]) -> FilterUsage:
    return {
        **_figures(items),
        "invoice_display_name": (row.invoice_display_name or None) if row else None,
        "values": row.values if row else None,
        "presentation_breakdowns": _breakdowns(items),
    }


def _figures(rated: Sequence[RatedUsage]) -> UsageFigures:
    units = sum((item.units_now for item in rated), Decimal(0))
    return {
        "units": formats.decimal_string(units),
        "total_aggregated_units": formats.decimal_string(units),
        "events_count": sum(item.usage.events_count for item in rated),
        "amount_cents": sum(item.amount_cents for item in rated),
        "pricing_unit_details": _pricing_unit(rated),
    }


def _pricing_unit(rated: Iterable[RatedUsage]) -> InPricingUnits | None:
    converted = [(item.charge, price) for item in rated if (price := item.in_pricing_unit)]
    if not converted:
        return None
    charge = converted[0][0]
    assert charge.pricing_unit is not None
    return {
        "amount_cents": sum(price.amount_cents for _, price in converted),
        "short_name": charge.pricing_unit.short_name,
        "conversion_rate": formats.decimal_string(charge.conversion_rate),
    }
