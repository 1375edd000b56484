"""Why an amount is what it is: from a fee's own figures down to the events."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from billing_site.core import money
from billing_site.core.api import formats
from invoicing.models import Fee
from metering.models import Event
from metering.selectors import events as event_selectors
from plans.calculations.charge_filters import FilterTerms, claimant, expanded, property_text

MAX_EVENTS = 100


def explain(fee: Fee) -> dict[str, Any]:
    """Return what a fee was computed from, in steps, with the first of its events."""
    net = fee.amount_cents - fee.precise_coupons_amount_cents
    return {
        "lago_fee_id": fee.lago_id,
        "currency": fee.currency,
        "quantity": _quantity(fee),
        "price": {
            "unit_amount": money.plain(fee.precise_unit_amount),
            "charge_model": fee.charge.charge_model if fee.charge else None,
            "details": fee.amount_details,
            "in_pricing_unit": fee.pricing_unit_details,
        },
        "amount": {"precise_amount_cents": money.plain(fee.precise_amount_cents), "amount_cents": fee.amount_cents},
        "discount": {
            "billed_before_amount_cents": money.plain(fee.precise_progressive_amount_cents),
            "coupons_amount_cents": money.plain(
                fee.precise_coupons_amount_cents - fee.precise_progressive_amount_cents
            ),
            "taxed_amount_cents": money.plain(net),
        },
        "taxes": [
            {"code": row.code, "rate": money.plain(row.rate), "amount_cents": row.amount_cents}
            for row in fee.taxes.all()
        ],
        "total_amount_cents": fee.amount_cents + fee.taxes_amount_cents,
        "events": [_event(event) for event in events_of(fee)],
    }


def _quantity(fee: Fee) -> dict[str, Any]:
    metric = fee.charge.billable_metric if fee.charge else None
    return {
        "units": money.plain(fee.units),
        "events_count": fee.events_count,
        "aggregation_type": metric.aggregation_type if metric else None,
        "field_name": (metric.field_name or None) if metric else None,
        "grouped_by": fee.grouped_by,
        "filters": fee.filter_values,
        "from": formats.instant(fee.from_at),
        "until": formats.instant(fee.to_at),
    }


def fee_before(fee: Fee) -> Fee | None:
    """Return the fee for the same thing in the period before, if it was billed."""
    if fee.subscription_id is None or fee.from_at is None:
        return None
    rows = Fee.objects.filter(
        subscription_id=fee.subscription_id, fee_type=fee.fee_type, charge=fee.charge,
        fixed_charge=fee.fixed_charge, charge_filter=fee.charge_filter, grouped_by=fee.grouped_by,
        true_up_parent_id=None, deleted_at=None, to_at__lte=fee.from_at,
    )  # fmt: skip
    return rows.exclude(pk=fee.pk).exclude(invoice__status="voided").order_by("-to_at", "-pk").first()


def events_of(fee: Fee) -> list[Event]:
    """Return the first of the events that a fee counts, in order."""
    if fee.charge is None or fee.subscription is None or fee.from_at is None or fee.to_at is None:
        return []
    if fee.true_up_parent_id is not None:
        return []
    found = event_selectors.between(
        fee.subscription.external_id, fee.charge.billable_metric.stream_code, fee.from_at, fee.to_at
    )
    if fee.event_transaction_id:
        return list(found.filter(transaction_id=fee.event_transaction_id)[:1])
    filters = _filters_then(fee)
    kept = (event for event in found[: MAX_EVENTS * 10] if _is_of(event, fee, filters))
    return [event for event, _ in zip(kept, range(MAX_EVENTS), strict=False)]


def _filters_then(fee: Fee) -> list[FilterTerms]:
    """Return the filters that the fee's charge had when it was priced."""
    assert fee.charge is not None
    then = Q(deleted_at=None) | Q(deleted_at__gt=fee.created_at) | Q(pk=fee.charge_filter_id)
    rows = fee.charge.filters.filter(then, created_at__lte=fee.created_at)
    known = {row.key: row.values for row in fee.charge.billable_metric.filters.all()}
    return [FilterTerms(row.pk, expanded(row.values, known)) for row in rows]


def _is_of(event: Event, fee: Fee, filters: Sequence[FilterTerms]) -> bool:
    texts = {name: property_text(value) for name, value in event.properties.items()}
    if any((texts.get(key) or "") != value for key, value in fee.grouped_by.items()):
        return False
    winner = claimant(event.properties, filters)
    return (winner.key if winner else None) == fee.charge_filter_id


def _event(event: Event) -> dict[str, Any]:
    return {
        "transaction_id": event.transaction_id,
        "timestamp": formats.instant_ms(event.timestamp),
        "properties": event.properties,
    }
