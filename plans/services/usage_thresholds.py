"""Setting the usage thresholds of a plan or of one subscription."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from billing_site.core.errors import invalid, refuse
from plans.models import Plan, Subscription, UsageThreshold
from plans.selectors import usage_thresholds as selectors
from plans.services import usage_marks

Items = Sequence[Mapping[str, Any]]
FIELD = "usage_thresholds"


def replace(owner: Plan | Subscription, items: Items | None, *, now: datetime) -> None:
    """
    Make these the owner's thresholds: what is not among them goes. None leaves them; nothing at all takes all away.

    One of the same amount and kind stays, whatever `id` is sent: an amount that was reached is not changed in place.
    Whom they count for is marked to be looked at.

    :raises Invalid: if an amount is missing or not positive, two are the same, or more than one recurs
    """
    if items is None:
        return
    _check(items)
    present = {(row.amount_cents, row.recurring): row for row in selectors.own(owner)}
    wanted = {_place(item): item for item in items}
    for place in present.keys() - wanted.keys():
        row = present[place]
        row.deleted_at = row.updated_at = now
        row.save(update_fields=["deleted_at", "updated_at"])
    for place, item in wanted.items():
        _write(owner, present.get(place), item, now)
    owner.__dict__.pop("live_usage_thresholds", None)
    usage_marks.mark(subscriptions_of(owner), now=now)


def follow(plan: Plan, before: Sequence[UsageThreshold], *, now: datetime) -> None:
    """Carry a plan's thresholds to the plans made from it that had the same of their own."""
    items = [_terms(row) for row in selectors.own(plan)]
    old = [_key(row) for row in before]
    for child in Plan.objects.live().filter(parent=plan).order_by("pk"):
        mine = [_key(row) for row in selectors.own(child)]
        if mine and mine == old:
            replace(child, items, now=now)


def subscriptions_of(owner: Plan | Subscription) -> Any:
    """Return the subscriptions that an owner's thresholds may count for."""
    if isinstance(owner, Plan):
        return Subscription.objects.filter(Q(plan=owner) | Q(plan__parent=owner))
    return Subscription.objects.filter(pk=owner.pk)


def _check(items: Items) -> None:
    places = [_place(item) for item in items]
    refuse(
        {
            (FIELD, "missing_amount_cents"): any(cents is None for cents, _ in places),
            (FIELD, "duplicated_values"): len(set(places)) < len(places),
            (FIELD, "multiple_recurring_thresholds"): sum(recurring for _, recurring in places) > 1,
        }
    )
    if any(cents <= 0 for cents, _ in places):
        raise invalid(FIELD, "value_is_out_of_range", "Usage is billed at an amount above zero.")


def _place(item: Mapping[str, Any]) -> tuple[Any, bool]:
    return item.get("amount_cents"), bool(item.get("recurring"))


def _write(owner: Plan | Subscription, row: UsageThreshold | None, item: Mapping[str, Any], now: datetime) -> None:
    if row is None:
        whose = {"plan": owner} if isinstance(owner, Plan) else {"subscription": owner}
        row = UsageThreshold(amount_cents=item["amount_cents"], created_at=now, **whose)
        row.recurring = bool(item.get("recurring"))
    if "threshold_display_name" in item:
        row.threshold_display_name = item["threshold_display_name"] or ""
    row.updated_at = now
    row.save()


def _terms(row: UsageThreshold) -> dict[str, Any]:
    return {
        "amount_cents": row.amount_cents,
        "recurring": row.recurring,
        "threshold_display_name": row.threshold_display_name,
    }


def _key(row: UsageThreshold) -> tuple[int, bool, str]:
    return row.amount_cents, row.recurring, row.threshold_display_name
