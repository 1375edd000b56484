"""What is due: derived from the subscriptions' rows, never from messages, so nothing is lost by a missed run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec
from django.db.models import Max, Prefetch, prefetch_related_objects
from msgspec.structs import replace

from billing_site.core import bulk
from billing_site.core.periods import Period, local_date
from credits.models import AppliedCoupon, Coupon
from customers.models import BillingEntity, Customer
from customers.selectors.custom_sections import live_sections
from invoicing.models import BilledPeriod, CreditNote, InvoiceSubscription, LateUsage, ParkedCustomer
from invoicing.selectors import late_usage
from invoicing.selectors.creditable import available_notes
from plans.calculations.schedules import ZONES_APART, Act, Kind, Part, Schedule, act_at, on_time
from plans.models import Charge, Commitment, FixedCharge, Plan, Subscription
from plans.selectors import charges as priced
from plans.selectors.schedules import schedule_of
from plans.selectors.taxes import give_taxes, live_taxes, settle_taxes


class Due(msgspec.Struct, frozen=True):
    """What is due of one subscription at one instant, with the end of what was billed of each kind before."""

    subscription: Subscription
    schedule: Schedule
    act: Act
    previous_ends: dict[Kind, datetime] = {}


@dataclass(slots=True)
class Chunk:
    """The dues of some customers, with all that billing them reads."""

    dues: list[Due]
    charges: dict[int, list[Charge]] = field(default_factory=dict)  # by plan
    fixed_charges: dict[int, list[FixedCharge]] = field(default_factory=dict)  # by plan
    coupons: dict[int, list[AppliedCoupon]] = field(default_factory=dict)  # by customer
    notes: dict[int, list[CreditNote]] = field(default_factory=dict)  # with a balance, by customer
    late: list[LateUsage] = field(default_factory=list)  # that waits for an invoice


def customer_ids(now: datetime, *, customer_id: int | None = None) -> list[int]:
    """Return the customers of whom something is due, without the parked ones."""
    due = Subscription.objects.filter(billing_at__lte=now)
    if customer_id is not None:
        due = due.filter(customer_id=customer_id)
    parked = ParkedCustomer.objects.values("customer_id")
    found = due.exclude(customer_id__in=parked).values_list("customer_id", flat=True)
    return list(found.distinct().order_by("customer_id"))


def chunk(customers: Iterable[int], now: datetime) -> Chunk:
    """Return what is due of these customers; the number of queries does not depend on how many they are."""
    waiting = Subscription.objects.filter(customer__any_of=list(customers), billing_at__lte=now)
    subscriptions = bulk.read(waiting.order_by("customer_id", "pk"))
    found = load(subscriptions)
    found.dues = [_not_before(due, now) for due in found.dues if not _waits(due)]
    return found


def _waits(due: Due) -> bool:
    """Say whether an end or a change of plan comes first, which decides what is due here."""
    subscription, at = due.subscription, due.act.at
    if subscription.status != Subscription.Status.ACTIVE:
        return False
    zone, ending_at = due.schedule.zone, subscription.ending_at
    ends_today = ending_at is not None and local_date(ending_at, zone) <= local_date(at, zone)
    return ends_today or (subscription.change_at is not None and subscription.change_at <= at)


def _not_before(due: Due, now: datetime) -> Due:
    """Return the due without parts if its time has moved into the future with the customer's time zone."""
    return due if due.act.at <= now else replace(due, act=due.act.only(()))


def load(subscriptions: Sequence[Subscription]) -> Chunk:
    """Return what is due of these subscriptions at their `billing_at`."""
    attach(subscriptions)
    found, kinds = _with_prices(subscriptions)
    ends = _previous_ends(subscriptions)
    for subscription in subscriptions:
        assert subscription.billing_at is not None
        previous, schedule = ends.get(subscription.pk, {}), schedule_of(subscription)
        subscription.billing_at = on_time(schedule, subscription.billing_at)
        act = act_at(schedule, subscription.billing_at, previous, kinds=kinds[subscription.plan_id])
        found.dues.append(Due(subscription, schedule, continued(act, schedule, previous), previous))
    found.late = late_usage.waiting({subscription.customer_id for subscription in subscriptions})
    return found


def with_prices(dues: Sequence[Due]) -> Chunk:
    """Return the dues, cut to the kinds that their plans have, with prices and the coupons of their customers."""
    found, kinds = _with_prices([due.subscription for due in dues])
    found.dues += (replace(due, act=due.act.only(kinds[due.subscription.plan_id])) for due in dues)
    return found


def _with_prices(subscriptions: Sequence[Subscription]) -> tuple[Chunk, dict[int, tuple[Kind, ...]]]:
    """Return a chunk without dues, and by plan the kinds that can be due."""
    plans = {subscription.plan_id for subscription in subscriptions}
    customers = {subscription.customer_id for subscription in subscriptions}
    found = Chunk([])
    for charge in priced.with_prices(Charge.objects.live().filter(plan_id__in=plans)):
        found.charges.setdefault(charge.plan_id, []).append(charge)
    fixed_charges = FixedCharge.objects.live().filter(plan_id__in=plans).select_related("add_on")
    for fixed_charge in fixed_charges.prefetch_related("taxes").order_by("pk"):
        found.fixed_charges.setdefault(fixed_charge.plan_id, []).append(fixed_charge)
    found.coupons = coupons_of(customers)
    found.notes = available_notes(customers)
    return found, {
        key: _kinds(found, plan) for key, plan in {item.plan_id: item.plan for item in subscriptions}.items()
    }


def coupons_of(customers: Iterable[int]) -> dict[int, list[AppliedCoupon]]:
    """Return the active coupons by customer."""
    found: dict[int, list[AppliedCoupon]] = {}
    rows = AppliedCoupon.objects.filter(customer__any_of=set(customers), status=AppliedCoupon.Status.ACTIVE)
    given = bulk.read(rows.order_by("pk"))
    coupons = Coupon.objects.prefetch_related("plans", "billable_metrics").in_bulk({row.coupon_id for row in given})
    bulk.relate(given, "coupon", coupons)
    for row in given:
        found.setdefault(row.customer_id, []).append(row)
    return found


def _kinds(chunk: Chunk, plan: Plan) -> tuple[Kind, ...]:
    """Return what can be due of a plan, in the order of kinds: its fee, its usage, and what else it has."""
    fixed = {item.pay_in_advance for item in chunk.fixed_charges.get(plan.pk, ())}
    kinds = {True: Kind.FIXED_IN_ADVANCE, False: Kind.FIXED_IN_ARREARS}
    found = {Kind.PLAN_FEE, Kind.USAGE, *(kinds[in_advance] for in_advance in fixed)}
    if any(charge.pay_in_advance and charge.billable_metric.recurring for charge in chunk.charges.get(plan.pk, ())):
        found.add(Kind.USAGE_IN_ADVANCE)
    if getattr(plan, "minimum_commitment", None):
        found.add(Kind.COMMITMENT)
    return tuple(kind for kind in Kind if kind in found)


def earliest(dues: Sequence[Due]) -> list[Due]:
    """Return each customer's dues of their earliest local day: what is later waits for the next pass."""
    by_customer: dict[int, list[tuple[date, Due]]] = {}
    for due in dues:
        day = local_date(due.act.at, due.schedule.zone)
        by_customer.setdefault(due.subscription.customer_id, []).append((day, due))
    earliest = {customer: min(day for day, _ in found) for customer, found in by_customer.items()}
    return [due for customer, found in by_customer.items() for day, due in found if day == earliest[customer]]


def attach(subscriptions: Sequence[Subscription]) -> None:
    """Give the subscriptions their customers, entities, plans and taxes, each kind in one query."""
    keys = {subscription.customer_id for subscription in subscriptions}
    customers = bulk.read(Customer.objects.filter(pk__any_of=keys))
    give_taxes(customers)
    prefetch_related_objects(customers, live_sections())
    billers = {row.billing_entity_id for row in customers} | {row.billing_entity_id for row in subscriptions} - {None}
    entities = BillingEntity.objects.prefetch_related(live_taxes(), live_sections()).in_bulk(billers)
    commitments = Prefetch("minimum_commitment", Commitment.objects.prefetch_related(live_taxes()))
    plans = Plan.objects.prefetch_related(live_taxes(), commitments).in_bulk({item.plan_id for item in subscriptions})
    bulk.relate(customers, "billing_entity", entities)
    bulk.relate(subscriptions, "billing_entity", entities)
    bulk.relate(subscriptions, "customer", {customer.pk: customer for customer in customers})
    bulk.relate(subscriptions, "plan", plans)
    settle_taxes(subscriptions)


def _previous_ends(subscriptions: Sequence[Subscription]) -> dict[int, dict[Kind, datetime]]:
    ends: dict[int, dict[Kind, datetime]] = {}
    rows = BilledPeriod.objects.filter(subscription__any_of=[item.pk for item in subscriptions])
    for row in rows.values("subscription_id", "kind").annotate(end=Max("ends_at")):
        ends.setdefault(row["subscription_id"], {})[Kind(row["kind"])] = row["end"]
    return ends


def _after(act: Act, previous: Mapping[Kind, datetime]) -> Act:
    """
    Return the act as the continuation of what was billed before.

    A customer's time zone may have moved its boundaries: nothing is billed twice, and nothing left out (rule M45).
    """
    parts = {kind: _continued(kind, part, previous.get(kind)) for kind, part in act.parts.items()}
    return replace(act, parts={kind: part for kind, part in parts.items() if part})


def continued(act: Act, schedule: Schedule, previous: Mapping[Kind, datetime]) -> Act:
    """Return the act as it goes on from what was billed of each kind before."""
    return _committed(_after(act, previous), schedule, previous)


def _committed(act: Act, schedule: Schedule, previous: Mapping[Kind, datetime]) -> Act:
    """Return the act without the commitment of a plan paid in advance of which no fee was billed before (rule M77)."""
    if schedule.pay_in_advance and Kind.PLAN_FEE not in previous:
        return act.only([kind for kind in act.parts if kind != Kind.COMMITMENT])
    return act


def _continued(kind: Kind, part: Part, previous_end: datetime | None) -> Part | None:
    if previous_end is None or previous_end == part.time.start:
        return part
    if previous_end > part.time.start:
        return Part(Period(previous_end, part.time.end), part.whole) if previous_end < part.time.end else None
    # Days of the plan's fee are counted in whole days, which a moved midnight does not add to.
    is_next = part.time.start == part.whole.start and part.time.start - previous_end <= ZONES_APART
    if kind == Kind.PLAN_FEE or not is_next:
        return part
    return Part(Period(previous_end, part.time.end), part.whole)


def due_again(row: InvoiceSubscription, periods: Sequence[BilledPeriod], zone: str) -> Due:
    """Return what an invoice bills of a subscription in these periods, as it was due in the invoice's zone."""
    schedule = schedule_of(row.subscription, zone)
    parts = {}
    for period in periods:
        kind = Kind(period.kind)
        time = Period(period.starts_at, period.ends_at)
        parts[kind] = Part(time, _whole(schedule, kind, time))
    return Due(row.subscription, schedule, Act(row.billed_at, row.invoicing_reason, parts))


def _whole(schedule: Schedule, kind: Kind, time: Period) -> Period:
    """Return the full period of a time; one that begins hours before it, as the customer had moved, has the next."""
    first = schedule.period(time.start, kind)
    is_head = time.start + ZONES_APART > first.end and time.end > first.end + ZONES_APART
    return schedule.period(first.end, kind) if is_head else first
