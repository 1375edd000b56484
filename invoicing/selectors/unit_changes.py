"""Changes at once of the units of fixed charges paid in advance, which are billed by themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from plans.models import FixedCharge, FixedChargeUnits, Subscription


@dataclass(frozen=True, slots=True)
class UnitChanges:
    """The changes of one instant. A subscription's own count for it in place of its plan's."""

    at: datetime
    rows: Sequence[FixedChargeUnits]

    def of(self, subscription: Subscription, own: Iterable[tuple[int, int]]) -> list[tuple[FixedCharge, Decimal]]:
        """Return the fixed charges changed for a subscription; `own` are the pairs with units of their own."""
        spared = set(own)
        found: dict[int, tuple[FixedCharge, Decimal]] = {}
        for row in self.rows:
            is_shared = row.subscription_id is None and row.fixed_charge.plan_id == subscription.plan_id
            spares = (subscription.pk, row.fixed_charge_id) in spared
            if row.subscription_id == subscription.pk or (is_shared and not spares):
                found[row.fixed_charge_id] = (row.fixed_charge, row.units)
        return list(found.values())


def waiting(now: datetime) -> list[UnitChanges]:
    """Return the changes that await billing, by instant, oldest first."""
    rows = FixedChargeUnits.objects.filter(awaits_billing=True, changed_at__lte=now)
    by_moment: dict[datetime, list[FixedChargeUnits]] = {}
    for row in rows.select_related("fixed_charge__add_on").prefetch_related("fixed_charge__taxes").order_by("pk"):
        by_moment.setdefault(row.changed_at, []).append(row)
    return [UnitChanges(at, found) for at, found in sorted(by_moment.items())]


def customers_behind(changes: UnitChanges) -> list[int]:
    """Return the customers with something to be billed from before the change."""
    return _customers(_concerned(changes).filter(billing_at__lte=changes.at))


def customers(changes: UnitChanges) -> list[int]:
    """Return the customers whose subscriptions the changes may concern."""
    return _customers(_concerned(changes))


def subscriptions(changes: UnitChanges, of_customers: Iterable[int]) -> list[Subscription]:
    """Return the subscriptions of these customers that the changes may concern and whose periods are billed so far."""
    billed = Q(billing_at=None) | Q(billing_at__gt=changes.at)
    found = _concerned(changes).filter(billed, customer_id__in=list(of_customers))
    return list(found.order_by("customer_id", "pk"))


def own_units(changes: UnitChanges, found: Sequence[Subscription]) -> set[tuple[int, int]]:
    """Return the (subscription, fixed charge) pairs that had units of their own before the changes."""
    charges = {row.fixed_charge_id for row in changes.rows}
    rows = FixedChargeUnits.objects.filter(
        subscription_id__in=[item.pk for item in found], fixed_charge_id__in=charges, pk__lt=changes.rows[0].pk
    )
    return {(pair[0], pair[1]) for pair in rows.values_list("subscription_id", "fixed_charge_id") if pair[0]}


def _concerned(changes: UnitChanges) -> "QuerySet[Subscription]":
    """Return the living subscriptions that had begun when the units changed."""
    plans = {row.fixed_charge.plan_id for row in changes.rows if row.subscription_id is None}
    own = {row.subscription_id for row in changes.rows if row.subscription_id is not None}
    found: QuerySet[Subscription] = Subscription.objects.filter(
        Q(plan_id__in=plans) | Q(pk__in=own),
        status=Subscription.Status.ACTIVE,
        started_at__lt=changes.at,
        created_at__lt=changes.at,
    )
    return found


def _customers(found: "QuerySet[Subscription]") -> list[int]:
    return list(found.values_list("customer_id", flat=True).distinct().order_by("customer_id"))
