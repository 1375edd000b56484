"""What staff change of what a subscription costs: its plan, its prices, its units; now, later, by days or not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import figure, one_of, picked, plain
from billing_site.core.admin.shown import shown_local_day, shown_money, shown_number
from billing_site.core.models import StaffAct
from billing_site.core.staff_limits import Kind, Weight
from plans.admin import choices
from plans.admin.moments import NOW, ON_DAY, OPEN, USUAL, MomentForm, plan_change
from plans.admin.override_forms import OverrideForm, overrides_of, price_facts
from plans.models import FixedCharge, Plan, Subscription
from plans.selectors.fixed_charges import latest_units
from plans.selectors.schedules import timezone_of
from plans.services import fixed_charge_units, subscriptions

Status = Subscription.Status
UNDO_UNTIL = "until the day of the change, if it is for later"
SEEN_AT_ONCE = 8  # more plans than this unfold from a list


def current(subscription: Subscription) -> Subscription:
    """Return the subscription that is active now under the same id, which a change of plan makes another one."""
    rows = Subscription.objects.filter(external_id=subscription.external_id, customer_id=subscription.customer_id)
    active = rows.filter(status=Status.ACTIVE).select_related("plan", "customer__billing_entity").first()
    return active or subscription


def waiting(subscription: Subscription) -> Subscription | None:
    """Return what takes over from a subscription on a day to come."""
    return subscription.next_subscriptions.filter(status=Status.PENDING).select_related("plan").first()


class ChangeAction(StaffAction):
    """What is shown beside a change of plan, price or units; one that waits for its day can be called off."""

    subject, must_say_why = Subscription, True
    asked_by = {"plan_change": "on_day"}
    reasons: tuple[str, ...] = ("Agreed in the contract", "The customer asked for it")

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        if subject.status not in (Status.ACTIVE, Status.PENDING):
            return "Only a subscription that runs, or is going to begin, can be changed."
        return "This subscription is paused. Resume it first." if subject.paused_at else ""

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        row = current(subject)
        waits = waiting(row)
        later = f"{waits.plan} from {shown_local_day(row.change_at, timezone_of(row))}" if waits else "as it is"
        return {"Plan": plan_words(row.plan), "Later": later}

    def goes_to(self, subject: Subscription, made: Any) -> Any:
        return current(subject)

    def undo_obstacle(self, subject: Subscription, act: StaffAct, *, now: datetime) -> str:
        if waiting(subject) is None:
            return "The change has been made. Change it again instead."
        return super().undo_obstacle(subject, act, now=now)

    def take_back(self, subject: Subscription, act: StaffAct, *, now: datetime, reason: str) -> object:
        following = waiting(subject)
        return subscriptions.cancel(following, now=now, reason=reason) if following else None


def plan_words(plan: Plan) -> str:
    """Return a plan with its fee."""
    fee = f"{shown_money(plan.amount_cents, plan.amount_currency)} a {plan.get_interval_display()}"
    return f"{plan.name} ({plan.code}): {fee}"


class PlanChangeForm(MomentForm):
    plan = one_of("Which plan")
    field_order = ("plan", "at", "on_day", "prorate")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {self.subject.plan_id, self.subject.plan.parent_id} - {None}
        offered = [
            (plan.code, plan_words(plan)) for plan in choices.plans(self.subject.plan.amount_currency, without=own)
        ]
        if len(offered) > SEEN_AT_ONCE:
            self.fields["plan"] = picked("Which plan", [("", "Choose…"), *offered])
        else:
            self.fields["plan"].choices = offered  # type: ignore[attr-defined]
        self.order_fields(self.field_order)

    def first_moments(self) -> list[tuple[str, str]]:
        """Return the way that is usual."""
        return [(USUAL, "as usual: up now, down when the running period ends")]


@staff_action
class ChangePlan(ChangeAction):
    slug, title, icon, confirm = "change-plan", "Change plan", "swap_horiz", "Change plan"
    form = PlanChangeForm
    permission, activity_type = "core.serve_customers", "subscription.started"
    undo_until = UNDO_UNTIL

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"at": USUAL}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        plan = Plan.objects.live().get(parent=None, code=answers["plan"])
        change = plan_change(answers)
        return subscriptions.change_plan(subject, plan, now=now, reason=reason, plan_change=change)

    def result(self, subject: Subscription) -> str:
        row = current(subject)
        if row.change_at is not None:
            return f"The plan changes on {shown_local_day(row.change_at, timezone_of(row))}."
        return f"The plan is {row.plan} now."


@staff_action
class OverridePrices(ChangeAction):
    slug, title, icon, confirm = "override-prices", "Override prices", "price_change", "Change prices"
    form = OverrideForm
    permission, activity_type = "core.set_prices", "subscription.updated"
    undo_until = UNDO_UNTIL

    def weight(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return Weight(Kind.PRICE_CHANGES, 1)

    def note(self, subject: Subscription, *, now: datetime) -> str:
        return "Prices of this subscription alone. What has been billed stays as it was."

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"at": OPEN}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        overrides = overrides_of(subject.plan, answers)
        if answers["at"] == OPEN:
            return subscriptions.update(subject, now=now, reason=reason, plan_overrides=overrides)
        return subscriptions.change_plan(
            subject, subject.plan, now=now, reason=reason, plan_overrides=overrides, plan_change=plan_change(answers)
        )

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        row = current(subject)
        waits = waiting(row)
        then = {f"From {shown_local_day(row.change_at, timezone_of(row))}": "other prices"} if waits else {}
        return {**price_facts(row.plan), **then}

    def result(self, subject: Subscription) -> str:
        row = current(subject)
        if row.change_at is not None:
            return f"The prices change on {shown_local_day(row.change_at, timezone_of(row))}."
        return "The prices are changed, for this subscription alone."


class UnitsForm(MomentForm):
    """A number of units for each fixed charge."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = fixed_of(self.subject)
        units = latest_units(self.subject, self.rows)
        for row in self.rows:
            name = f"units_{row.pk}"
            self.fields[name] = figure(f"{row}, units", max_digits=25, decimal_places=10)
            self.initial[name] = plain(units.get(row.pk, row.units))
        self.order_fields([*(f"units_{row.pk}" for row in self.rows), "at", "on_day", "prorate"])


def fixed_of(subscription: Subscription) -> list[FixedCharge]:
    """Return the fixed charges of a subscription's plan."""
    rows = FixedCharge.objects.live().filter(plan_id=subscription.plan_id).select_related("add_on", "plan")
    return list(rows.order_by("pk"))


@staff_action
class ChangeUnits(ChangeAction):
    slug, title, icon, confirm = "change-units", "Change units", "numbers", "Change units"
    form = UnitsForm
    permission, activity_type = "core.serve_customers", "subscription.updated"
    undo_until = UNDO_UNTIL
    reasons = ("The customer asked for it", "More people use it", "Fewer people use it")

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        if not FixedCharge.objects.live().filter(plan_id=subject.plan_id).exists():
            return "The plan has no fixed charges, so there are no units to change."
        return super().obstacle(subject, now=now)

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"at": NOW}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        rows = fixed_of(subject)
        if answers["at"] != ON_DAY:
            had = latest_units(subject, rows)
            asked = {row: answers[f"units_{row.pk}"] for row in rows}
            wanted = {row: units for row, units in asked.items() if units != had.get(row.pk, row.units)}
            at_once = answers["at"] == NOW
            return fixed_charge_units.change_own(subject, wanted, now=now, at_once=at_once, reason=reason)
        items = [{"code": row.code, "units": answers[f"units_{row.pk}"]} for row in rows]
        return subscriptions.change_plan(
            subject, subject.plan, now=now, reason=reason,
            plan_overrides={"fixed_charges": items}, plan_change=plan_change(answers),
        )  # fmt: skip

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        row = current(subject)
        rows = fixed_of(row)
        units = latest_units(row, rows)
        facts = {str(fixed): shown_number(units.get(fixed.pk, fixed.units)) for fixed in rows}
        if row.change_at is not None:
            facts["Changes on"] = shown_local_day(row.change_at, timezone_of(row))
        return facts

    def result(self, subject: Subscription) -> str:
        return "The units are changed."
