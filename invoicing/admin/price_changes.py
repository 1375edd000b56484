"""Other prices for many subscriptions: written, tried on what was billed beside the form, planned, called off."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.utils.safestring import SafeString
from unfold.decorators import display

from billing_site.core.admin import acts
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_day, shown_local_day, shown_money
from billing_site.core.admin.fields import day, line, listed, one_of, paragraph, yes
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.panels import Sections, link
from billing_site.core.models import StaffAct, StaffLimit
from billing_site.core.periods import local_date
from billing_site.core.staff_limits import Weight
from invoicing.services import backtests
from plans.admin.override_forms import PricesForm, overrides_of, written_in_words
from plans.models import Plan, PriceChange, PriceChangeMember, Subscription
from plans.selectors.schedules import timezone_of
from plans.services import price_changes

PERIOD_END, ON_DAY = "period_end", "day"
TRIED, NAMED = 200, 5  # beside the form: the page shows all


class CohortForm(PricesForm):
    who = one_of("For whom", initial=price_changes.ALL)
    countries = line("Only in the countries", required=False, help_text="Such as DE, FR. Empty: everywhere.")
    at = one_of(
        "They take effect",
        [(PERIOD_END, "as the running period of each ends"), (ON_DAY, "on a day")],
        initial=PERIOD_END,
    )
    on_day = day("On the day", required=False)
    tells_customers = yes("Mail the customers, in their language", initial=True)
    message = paragraph("Said to them besides")
    groups = (
        Group("Who", ("who", "countries")),
        Group("When", ("at", "on_day")),
        Group("Notice", ("tells_customers", "message")),
    )
    when = {"on_day": f"at={ON_DAY}"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = {
            who: price_changes.cohort(self.plan, who).count() for who in (price_changes.ALL, price_changes.SHARED)
        }
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            (price_changes.ALL, f"all subscribers ({counts[price_changes.ALL]:,})"),
            (price_changes.SHARED, f"those without prices of their own ({counts[price_changes.SHARED]:,})"),
        ]

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        found: Plan = self.subject
        return found

    def clean_on_day(self) -> date | None:
        """Ask for a day to come where one was chosen."""
        chosen: date | None = self.cleaned_data["on_day"]
        if self.cleaned_data.get("at") != ON_DAY:
            return None
        if chosen is None or chosen <= local_date(self.now, "UTC"):
            raise forms.ValidationError("Choose a day to come.")
        return chosen


def chosen(plan: Plan, answers: Mapping[str, Any]) -> "QuerySet[Subscription]":
    """Return the subscriptions that were chosen."""
    found = price_changes.cohort(plan, answers["who"])
    countries = [code.upper() for code in listed(answers["countries"])]
    return found.filter(customer__country__in=countries) if countries else found


@staff_action
class ChangePricesOfMany(StaffAction):
    slug, title, icon, confirm = "change-prices", "Change prices for subscribers", "price_change", "Plan it"
    subject, form = Plan, CohortForm
    permission, activity_type = "core.set_prices", "price_change.scheduled"
    must_say_why = True
    reasons: Sequence[str] = ("Yearly change of prices", "Our costs have changed", "Old prices end")
    undo_until = "until it takes effect"
    asked_by = {"prices": "amount", "subscriptions": "who"}

    def obstacle(self, subject: Plan, *, now: datetime) -> str:
        return "This plan was deleted." if subject.deleted_at or subject.pending_deletion else ""

    def note(self, subject: Plan, *, now: datetime) -> str:
        return "The plan itself stays as it is: whoever subscribes later pays what it says."

    def weight(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return Weight(StaffLimit.Kind.PRICE_CHANGES, chosen(subject, answers).count())

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return price_changes.schedule(
            subject,
            overrides_of(subject, answers),
            chosen(subject, answers),
            now=now,
            reason=reason,
            effective_on=answers["on_day"],
            tells_customers=answers["tells_customers"],
            message=answers["message"],
        )

    def beside(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime) -> Sections:
        """Show what the last periods of those chosen would have come to, and who would pay more or less."""
        rows = list(chosen(subject, answers).select_related("customer")[: TRIED + 1])
        found = backtests.run(rows[:TRIED], overrides_of(subject, answers), now=now)
        names = {row.pk: str(row.customer) for row in rows}
        return {"Tried on their last period": _summary(found, names, subject.amount_currency, is_cut=len(rows) > TRIED)}

    def goes_to(self, subject: Plan, made: Any) -> Plan:
        return subject

    def undo_obstacle(self, subject: Plan, act: StaffAct, *, now: datetime) -> str:
        made = acts.made_by(act)
        return "" if made is not None and made.state == PriceChange.State.SCHEDULED else "It was called off."

    def take_back(self, subject: Plan, act: StaffAct, *, now: datetime, reason: str) -> object:
        return price_changes.cancel(acts.made_by(act), now=now, reason=reason)

    def result(self, subject: Plan) -> str:
        return "The prices are planned. Who pays more or less is under Plans, Changes of prices."


def _summary(
    found: Mapping[int, backtests.Outcome], names: Mapping[int, str], currency: str, *, is_cut: bool
) -> dict[str, str]:
    """Return totals, and who would pay most more and most less."""
    if not found:
        return {"Nobody": "was billed a whole period yet"}
    ranked = sorted(found.items(), key=lambda item: item[1].difference_cents)
    billed = sum(outcome.billed_cents for outcome in found.values())
    anew = sum(outcome.repriced_cents for outcome in found.values())
    rows = {
        "Subscriptions": f"the first {len(found):,}; the page of the change has all" if is_cut else f"{len(found):,}",
        "Was billed": shown_money(billed, currency),
        "Would have been": shown_money(anew, currency),
        "Difference": signed(anew - billed, currency),
        "Pay more": f"{sum(outcome.difference_cents > 0 for outcome in found.values()):,}",
        "Pay less": f"{sum(outcome.difference_cents < 0 for outcome in found.values()):,}",
    }
    most = [*reversed(ranked[-NAMED:]), *ranked[:NAMED]] if len(ranked) > 2 * NAMED else list(reversed(ranked))
    for key, outcome in most:
        if outcome.difference_cents:
            label = names[key] if names[key] not in rows else f"{names[key]} ({key})"
            rows[label] = signed(outcome.difference_cents, currency)
    return rows


def signed(cents: int, currency: str) -> str:
    """Return an amount with its sign."""
    return f"{'+' if cents > 0 else ''}{shown_money(cents, currency)}"


@staff_action
class CallOff(StaffAction):
    slug, title, icon, confirm = "call-off", "Call it off", "event_busy", "Call it off"
    subject, form = PriceChange, ActionForm
    permission, activity_type = "core.set_prices", "price_change.canceled"
    must_say_why = True
    reasons = ("Planned by mistake", "Customers asked for more time")
    warning = "For whom it has taken effect, it stays. The others are told that their prices stay as they are."

    def obstacle(self, subject: PriceChange, *, now: datetime) -> str:
        return "" if subject.state == PriceChange.State.SCHEDULED else "It was called off already."

    def perform(self, subject: PriceChange, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return price_changes.cancel(subject, now=now, reason=reason)

    def facts(self, subject: PriceChange, *, now: datetime) -> Mapping[str, str]:
        members = subject.members
        return {"State": subject.get_state_display(), "Planned": f"{members.filter(state='planned').count():,}"}

    def result(self, subject: PriceChange) -> str:
        return "The change of prices is called off."


@admin.register(PriceChange)
class PriceChangeAdmin(StaffAdmin):
    list_display = ("__str__", "changes", "takes_effect", "state", "made")
    list_filter = ("state",)
    list_select_related = ("plan",)
    empty_says = "Open a plan and press “Change prices for subscribers”: it is tried on what was billed before."

    @display(description="new prices")
    def changes(self, change: PriceChange) -> str:
        return "; ".join(f"{label}: {price}" for label, price in written_in_words(change.plan, change.prices).items())

    @display(description="takes effect", ordering="effective_on")
    def takes_effect(self, change: PriceChange) -> str:
        return shown_day(change.effective_on) if change.effective_on else "with each one's next period"

    @display(description="planned on", ordering="created_at")
    def made(self, change: PriceChange) -> str:
        return shown_local_day(change.created_at)


@admin.register(PriceChangeMember)
class PriceChangeMemberAdmin(StaffAdmin):
    """Winners and losers."""

    list_display = ("__str__", "of_customer", "was", "would_be", "difference", "state", "reason", "when")
    list_filter = ("state", "price_change")
    list_select_related = ("subscription__customer__billing_entity", "price_change__plan")
    search_fields = ("subscription__customer__name__istartswith", "subscription__external_id__istartswith")

    @display(description="customer", ordering="subscription__customer__name")
    def of_customer(self, member: PriceChangeMember) -> SafeString | str:
        return link(member.subscription.customer)

    @display(description="was billed", ordering="billed_cents")
    def was(self, member: PriceChangeMember) -> str:
        return money_of(member, member.billed_cents)

    @display(description="would have been", ordering="repriced_cents")
    def would_be(self, member: PriceChangeMember) -> str:
        return money_of(member, member.repriced_cents)

    @display(description="difference", ordering=F("repriced_cents") - F("billed_cents"))
    def difference(self, member: PriceChangeMember) -> str:
        return difference_of(member)

    @display(description="from", ordering="effective_at")
    def when(self, member: PriceChangeMember) -> str:
        return shown_local_day(member.effective_at, timezone_of(member.subscription))


def money_of(member: PriceChangeMember, cents: int | None) -> str:
    """Return an amount of a member in words."""
    return "–" if cents is None else shown_money(cents, member.price_change.plan.amount_currency)


def difference_of(member: PriceChangeMember) -> str:
    """Return what a member would have paid more or less."""
    if member.billed_cents is None or member.repriced_cents is None:
        return "–"
    return signed(member.repriced_cents - member.billed_cents, member.price_change.plan.amount_currency)
