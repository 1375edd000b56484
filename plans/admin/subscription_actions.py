"""What staff do with a subscription: extend its trial; change its name and its end."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.forms import ActionForm, day, one_of, text
from billing_site.core.admin.shown import shown_day, shown_moment
from billing_site.core.models import StaffAct
from billing_site.core.periods import MOMENT, days_later, local_date, local_midnight
from plans.models import Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import subscriptions

KEEP, NEVER, PERIOD_END, ON_DAY, NOW = "keep", "never", "period_end", "day", "now"


class TrialForm(ActionForm):
    days = one_of("Longer by", required=False)
    last_day = day("Or until a day", required=False, help_text="The last free day. It goes before the choice above.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is None:
            self.fields["days"].choices = [(str(days), f"{days} days") for days in (7, 14, 30)]
            return
        end = self.subject.trial_ends_at or self.now
        zone = timezone_of(self.subject)
        self.fields["days"].choices = [
            (str(days), f"{days} days, until {shown_moment(days_later(end, days, zone), zone)}") for days in (7, 14, 30)
        ]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not answers.get("days") and not answers.get("last_day") and not self.errors:
            self.add_error("days", "Choose by how many days, or name the last free day.")
        return answers


class TrialAction(StaffAction):
    """What moves the end of a trial, and moves it back."""

    subject, must_say_why, is_bulk = Subscription, True, True
    permission, activity_type = "core.serve_customers", "subscription.trial_extended"

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        if subject.status == Subscription.Status.ACTIVE and subject.trial_ends_at and subject.trial_ends_at > now:
            return ""
        return "This subscription has no trial that is still running."

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        return {"Trial ends": shown_moment(subject.trial_ends_at, timezone_of(subject))}

    def remembers(self, subject: Subscription, *, now: datetime) -> Mapping[str, Any]:
        return {"trial_ends_at": subject.trial_ends_at and subject.trial_ends_at.isoformat()}

    def undo_obstacle(self, subject: Subscription, act: StaffAct, *, now: datetime) -> str:
        if sentence := self.obstacle(subject, now=now):
            return sentence
        had = datetime.fromisoformat(act.remembered["trial_ends_at"])
        if had <= now:
            return "The end that the trial had before has passed. “End trial” ends it now."
        return super().undo_obstacle(subject, act, now=now)

    def take_back(self, subject: Subscription, act: StaffAct, *, now: datetime, reason: str) -> object:
        had = datetime.fromisoformat(act.remembered["trial_ends_at"])
        return subscriptions.extend_trial(subject, until=had, now=now, reason=reason)


@staff_action
class ExtendTrial(TrialAction):
    slug, title, icon = "extend-trial", "Extend trial", "more_time"
    place = 1
    form = TrialForm
    undo_until = "until the end that it has now"
    asked_by = {"until": "last_day"}
    reasons = ("Their evaluation takes longer", "Waiting for their purchase order", "We were at fault")

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"days": "14"}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        zone = timezone_of(subject)
        last_day: date | None = answers.get("last_day")
        if last_day is not None:
            until = local_midnight(last_day + timedelta(days=1), zone)
        else:
            until = days_later(subject.trial_ends_at or now, int(answers["days"]), zone)
        return subscriptions.extend_trial(subject, until=until, now=now, reason=reason)

    def result(self, subject: Subscription) -> str:
        return f"The trial now ends on {shown_moment(subject.trial_ends_at, timezone_of(subject))}."


@staff_action
class EndTrial(TrialAction):
    slug, title, icon, confirm = "end-trial", "End trial", "timer_off", "End it now"
    form = ActionForm
    reasons = ("They want to begin now", "The trial is misused")
    warning = "The plan fee is due from now on. A trial that has ended does not begin again."

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return subscriptions.extend_trial(subject, until=now + MOMENT, now=now, reason=reason)

    def result(self, subject: Subscription) -> str:
        return "The trial has ended."


class EditForm(ActionForm):
    name = text("Name", required=False, max_length=255, help_text="On invoices; empty shows its id.")
    ends = one_of("It")
    last_day = day("Last day", required=False, help_text="Only if it ends on a day.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone_of(self.subject)
        period_end = schedule_of(self.subject).period(self.now).end
        planned = self.subject.ending_at
        choices = [(KEEP, f"ends as planned, {shown_moment(planned, zone)}" if planned else "goes on")]
        choices += [(NEVER, "goes on without an end")] if planned else []
        choices += [
            (
                PERIOD_END,
                f"ends with the running period, {shown_day(local_date(period_end - timedelta(seconds=1), zone))}",
            ),
            (ON_DAY, "ends on the day below"),
            (NOW, "ends now, with a last invoice"),
        ]
        self.fields["ends"].choices = choices

    def clean_last_day(self) -> date | None:
        last_day: date | None = self.cleaned_data["last_day"]
        if last_day is None and self.cleaned_data.get("ends") == ON_DAY:
            raise forms.ValidationError("Which is its last day?")
        return last_day


@staff_action
class EditSubscription(StaffAction):
    slug, title, icon = "edit", "Edit or end", "edit"
    place = 2
    confirm = "Save"
    subject, form = Subscription, EditForm
    permission, activity_type = "core.serve_customers", "subscription.updated"
    asked_by = {"ending_at": "last_day"}
    warning = "Ending now cannot be undone: the last invoice is made at once."
    undo_until = "until it has ended"

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        return ended(subject)

    def remembers(self, subject: Subscription, *, now: datetime) -> Mapping[str, Any]:
        return {"name": subject.name, **terms_of_end(subject)}

    def undo_obstacle(self, subject: Subscription, act: StaffAct, *, now: datetime) -> str:
        return ended(subject) or super().undo_obstacle(subject, act, now=now)

    def take_back(self, subject: Subscription, act: StaffAct, *, now: datetime, reason: str) -> object:
        return take_back_end(subject, act, now=now, reason=reason, name=act.remembered["name"])

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"name": subject.name, "ends": KEEP}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        changed: dict[str, Any] = {"name": answers["name"]}
        if answers["ends"] == NOW and subject.status == Subscription.Status.PENDING:
            return subscriptions.cancel(subject, now=now, reason=reason)
        if answers["ends"] == NOW:
            return subscriptions.terminate(subject, at=now, now=now, reason=reason, **changed)
        if answers["ends"] != KEEP:
            changed["ending_at"] = self._end(subject, answers, now)
        return subscriptions.update(subject, now=now, reason=reason, **changed)

    def _end(self, subject: Subscription, answers: Mapping[str, Any], now: datetime) -> datetime | None:
        if answers["ends"] == PERIOD_END:
            return schedule_of(subject).period(now).end
        if answers["ends"] == ON_DAY:
            return local_midnight(answers["last_day"] + timedelta(days=1), timezone_of(subject))
        return None

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        zone = timezone_of(subject)
        return {
            "Name": subject.name,
            "Status": subject.get_status_display().capitalize(),
            "Ends": shown_moment(subject.terminated_at or subject.ending_at, zone),
        }

    def result(self, subject: Subscription) -> str:
        if subject.status == Subscription.Status.TERMINATED:
            return "The subscription has ended; its last invoice is being made."
        return "The subscription is changed."


def ended(subscription: Subscription) -> str:
    """Return that a subscription has ended, in a sentence; nothing if it has not."""
    is_over = subscription.status in (Subscription.Status.TERMINATED, Subscription.Status.CANCELED)
    return "This subscription has ended. Begin a new one instead." if is_over else ""


def terms_of_end(subscription: Subscription) -> dict[str, Any]:
    """Return when a subscription ends and on what terms, as plain values."""
    ending_at = subscription.ending_at
    return {
        "ending_at": ending_at and ending_at.isoformat(),
        "on_termination_invoice": subscription.on_termination_invoice,
        "on_termination_credit_note": subscription.on_termination_credit_note,
    }


def take_back_end(subject: Subscription, act: StaffAct, *, now: datetime, reason: str, **fields: Any) -> Subscription:
    """Give a subscription the end and the terms back that it had before an act."""
    had = {name: act.remembered[name] for name in ("on_termination_invoice", "on_termination_credit_note")}
    ending_at = act.remembered["ending_at"] and datetime.fromisoformat(act.remembered["ending_at"])
    return subscriptions.update(subject, now=now, reason=reason, ending_at=ending_at, **had, **fields)
