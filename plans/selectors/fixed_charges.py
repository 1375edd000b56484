"""Fixed charges as each subscription has them: how many units, since when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from plans.calculations.fixed_units import Step, UnitsChange, timeline
from plans.calculations.schedules import Kind
from plans.models import FixedCharge, FixedChargeUnits, Subscription
from plans.selectors.schedules import schedule_of

Key = tuple[int, int]  # subscription, fixed charge


def timelines(asked: Sequence[tuple[Subscription, Sequence[FixedCharge]]]) -> dict[Key, list[Step]]:
    """Return the units over time of these fixed charges of these subscriptions, in one query."""
    shared, own = _changes(asked)
    found: dict[Key, list[Step]] = {}
    for subscription, fixed_charges in asked:
        for fixed_charge in fixed_charges:
            key = (subscription.pk, fixed_charge.pk)
            changes = sorted([*shared.get(fixed_charge.pk, ()), *own.get(key, ())], key=lambda item: item[0])
            found[key] = _timeline(subscription, [change for _, change in changes])
    return found


def latest_units(subscription: Subscription, fixed_charges: Iterable[FixedCharge]) -> dict[int, Decimal]:
    """Return the units last set for each fixed charge of a subscription, whenever they come to count."""
    asked = list(fixed_charges)
    steps = timelines([(subscription, asked)])
    return {item.pk: steps[subscription.pk, item.pk][-1].units for item in asked if steps[subscription.pk, item.pk]}


def _changes(
    asked: Sequence[tuple[Subscription, Sequence[FixedCharge]]],
) -> tuple[dict[int, list[tuple[int, UnitsChange]]], dict[Key, list[tuple[int, UnitsChange]]]]:
    charges = {item.pk for _, fixed_charges in asked for item in fixed_charges}
    subscriptions = {subscription.pk for subscription, _ in asked}
    shared: dict[int, list[tuple[int, UnitsChange]]] = {}
    own: dict[Key, list[tuple[int, UnitsChange]]] = {}
    if not charges:
        return shared, own
    concerned = Q(subscription=None) | Q(subscription_id__in=subscriptions)
    for row in FixedChargeUnits.objects.filter(concerned, fixed_charge_id__in=charges).order_by("pk"):
        change = UnitsChange(row.units, row.changed_at, row.at_once, is_own=row.subscription_id is not None)
        if row.subscription_id is None:
            shared.setdefault(row.fixed_charge_id, []).append((row.pk, change))
        else:
            own.setdefault((row.subscription_id, row.fixed_charge_id), []).append((row.pk, change))
    return shared, own


def _timeline(subscription: Subscription, changes: Iterable[UnitsChange]) -> list[Step]:
    schedule = schedule_of(subscription)

    def next_start(moment: datetime) -> datetime:
        return schedule.period(moment, Kind.FIXED_IN_ARREARS).end

    known_at = max(schedule.started_at, subscription.created_at)
    return timeline(changes, started_at=schedule.started_at, known_at=known_at, next_start=next_start)
