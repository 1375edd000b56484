"""What staff do with a subscription: extend its trial; change its name and its end."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.forms import ActionForm, day, one_of, text
from billing_site.core.admin.shown import shown_day, shown_moment
from billing_site.core.periods import local_date, local_midnight
from plans.models import Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import subscriptions

KEEP, NEVER, PERIOD_END, ON_DAY, NOW = "keep", "never", "period_end", "day", "now"


class TrialForm(ActionForm):
    days = one_of("Longer by", required=False)
    last_day = day("Or until a day", required=False, help_text="The last free day. It goes before the choice above.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        end = self.subject.trial_ends_at or self.now
        zone = timezone_of(self.subject)
        self.fields["days"].choices = [
            (str(days), f"{days} days, until {shown_moment(longer(end, days, zone), zone)}") for days in (7, 14, 30)
        ]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not answers.get("days") and not answers.get("last_day") and not self.errors:
            self.add_error("days", "Choose by how many days, or name the last free day.")
        return answers


@staff_action
class ExtendTrial(StaffAction):
    slug, title, icon = "extend-trial", "Extend trial", "more_time"
    place = 1
    subject, form = Subscription, TrialForm
    permission, activity_type = "core.serve_customers", "subscription.trial_extended"
    must_say_why = True
    asked_by = {"until": "last_day"}
    reasons = ("Their evaluation takes longer", "Waiting for their purchase order", "We were at fault")

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        if subject.status == Subscription.Status.ACTIVE and subject.trial_ends_at and subject.trial_ends_at > now:
            return ""
        return "This subscription has no trial that is still running."

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        return {"days": "14"}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        zone = timezone_of(subject)
        last_day: date | None = answers.get("last_day")
        if last_day is not None:
            until = local_midnight(last_day + timedelta(days=1), zone)
        else:
            until = longer(subject.trial_ends_at or now, int(answers["days"]), zone)
        return subscriptions.extend_trial(subject, until=until, now=now, reason=reason)

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        return {"Trial ends": shown_moment(subject.trial_ends_at, timezone_of(subject))}

    def result(self, subject: Subscription) -> str:
        return f"The trial now ends on {shown_moment(subject.trial_ends_at, timezone_of(subject))}."


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

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        return ended(subject)

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


def longer(end: datetime, days: int, zone: str) -> datetime:
    """Return the same time of day, days later by the zone's clock."""
    return (end.astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC)
