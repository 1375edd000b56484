"""Pausing, resuming and cancelling a subscription, with who pays what."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import day, one_of
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.shown import shown_moment
from billing_site.core.models import StaffAct
from billing_site.core.periods import local_midnight
from plans.admin.moments import ON_DAY, period_end_words
from plans.admin.subscription_actions import take_back_end, terms_of_end
from plans.models import Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import pauses, subscriptions
from plans.services.plan_changes import NOW, PERIOD_END

Status = Subscription.Status
NOT_RUNNING = "This subscription is not running."


class RunningAction(StaffAction):
    """What is shown beside an action on whether a subscription runs."""

    subject, form, permission = Subscription, ActionForm, "core.serve_customers"
    must_say_why = True

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        zone = timezone_of(subject)
        return {
            "Status": "paused" if subject.paused_at else subject.get_status_display(),
            "Ends": shown_moment(subject.terminated_at or subject.ending_at, zone),
            "Usage": "kept, but not charged for" if subject.paused_at else "charged for while it runs",
        }


class PauseForm(ActionForm):
    credited = forms.BooleanField(
        label="Credit what was paid in advance",
        required=False,
        help_text="The days of the pause become a credit note when it is over.",
    )


@staff_action
class Pause(RunningAction):
    form = PauseForm
    is_bulk = True
    slug, title, icon, confirm = "pause", "Pause", "pause_circle", "Pause it"
    activity_type = "subscription.paused"
    reasons = ("The customer asked for a break", "While their contract is negotiated")
    warning = "What is due up to now is billed at once. What was paid in advance stays paid, unless it is credited."

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        return NOT_RUNNING if subject.status != Status.ACTIVE or subject.paused_at else ""

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return pauses.pause(subject, now=now, credits_unused=bool(answers["credited"]), reason=reason)

    def result(self, subject: Subscription) -> str:
        return "The subscription is paused: no fees until it is resumed. Its periods stay where they are."


@staff_action
class Resume(RunningAction):
    is_bulk = True
    slug, title, icon, confirm = "resume", "Resume", "play_circle", "Resume it"
    activity_type = "subscription.resumed"
    reasons = ("The break is over",)
    warning = "What is paid in advance is billed at once, for the rest of the period."

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        is_paused = subject.status == Status.ACTIVE and subject.paused_at
        return "" if is_paused else "This subscription is not paused."

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return pauses.resume(subject, now=now, reason=reason)

    def result(self, subject: Subscription) -> str:
        return "The subscription goes on."


class CancelForm(ActionForm):
    ends = one_of("It ends")
    last_day = day("Last day", required=False)
    unused = one_of(
        "What is left of a fee that was paid in advance",
        [
            ("credit", "is credited: it comes off the next invoices"),
            ("refund", "is paid back"),
            ("offset", "comes off the invoice it is on, as far as that is not paid"),
            ("skip", "stays with us"),
        ],
    )
    invoice = one_of(
        "What they used since the last invoice",
        [("generate", "is billed on a last invoice"), ("skip", "is given to them: no last invoice")],
    )
    when = {"last_day": f"ends={ON_DAY}"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_begun = self.subject.status == Status.ACTIVE
        moments = [(PERIOD_END, period_end_words(self.subject, self.now)), (ON_DAY, "on a day")] if has_begun else []
        self.fields["ends"].choices = [(NOW, "now"), *moments]  # type: ignore[attr-defined]
        if not has_begun:
            del self.fields["invoice"]
        if not has_begun or not self.subject.plan.pay_in_advance:
            del self.fields["unused"]

    def clean_last_day(self) -> date | None:
        """Ask for the day where one was chosen."""
        last: date | None = self.cleaned_data["last_day"]
        if last is None and self.cleaned_data.get("ends") == ON_DAY:
            raise forms.ValidationError("Which is its last day?")
        return last


@staff_action
class Cancel(RunningAction):
    slug, title, icon, confirm = "cancel", "Cancel", "cancel", "Cancel it"
    place = 9
    form = CancelForm
    activity_type = "subscription.terminated"
    reasons = ("The customer gave notice", "They do not pay", "It was made by mistake")
    asked_by = {"ending_at": "last_day"}
    warning = "Ending now cannot be undone: the last invoice is made at once."
    undo_until = "until it has ended"

    def remembers(self, subject: Subscription, *, now: datetime) -> Mapping[str, Any]:
        return terms_of_end(subject)

    def undo_obstacle(self, subject: Subscription, act: StaffAct, *, now: datetime) -> str:
        return self.obstacle(subject, now=now) or super().undo_obstacle(subject, act, now=now)

    def take_back(self, subject: Subscription, act: StaffAct, *, now: datetime, reason: str) -> object:
        return take_back_end(subject, act, now=now, reason=reason)

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        is_over = subject.status in (Status.TERMINATED, Status.CANCELED)
        return "This subscription has ended already." if is_over else ""

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        unused = subject.on_termination_credit_note or "credit"
        return {"ends": NOW, "unused": unused, "invoice": subject.on_termination_invoice}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        if subject.status != Status.ACTIVE:
            return subscriptions.cancel(subject, now=now, reason=reason)
        terms = {"on_termination_invoice": answers["invoice"], "on_termination_credit_note": answers.get("unused")}
        if answers["ends"] == NOW:
            return subscriptions.terminate(subject, at=now, now=now, reason=reason, **terms)
        ending_at = self._end(subject, answers, now)
        return subscriptions.update(subject, now=now, reason=reason, ending_at=ending_at, **terms)

    def _end(self, subject: Subscription, answers: Mapping[str, Any], now: datetime) -> datetime:
        if answers["ends"] == PERIOD_END:
            return schedule_of(subject).period(now).end
        return local_midnight(answers["last_day"] + timedelta(days=1), timezone_of(subject))

    def result(self, subject: Subscription) -> str:
        if subject.status == Status.ACTIVE:
            return f"The subscription ends on {shown_moment(subject.ending_at, timezone_of(subject))}."
        return "The subscription has ended."
