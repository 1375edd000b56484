"""When a change of a subscription takes effect: the choice that several actions ask for, in dates."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from billing_site.core.admin.fields import day, one_of, yes
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.shown import shown_day
from billing_site.core.periods import local_date
from plans.models import Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services.plan_changes import NOW, PERIOD_END

USUAL, OPEN, ON_DAY = "usual", "open", "day"


class MomentForm(ActionForm):
    """Asks when, and whether the running period is shared by days; `choices` are the moments besides a day."""

    at = one_of("When")
    on_day = day("On the day", required=False)
    prorate = yes("Share the fee of the running period by days", initial=True)
    when = {"on_day": f"at={ON_DAY}", "prorate": f"at={NOW} {ON_DAY}"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moments = [(NOW, "now"), (PERIOD_END, period_end_words(self.subject, self.now)), (ON_DAY, "on a day")]
        self.fields["at"].choices = [*self.first_moments(), *moments]  # type: ignore[attr-defined]

    def first_moments(self) -> list[tuple[str, str]]:
        """Return moments that only this action knows."""
        return []

    def clean_on_day(self) -> date | None:
        """Ask for the day where one was chosen."""
        chosen: date | None = self.cleaned_data["on_day"]
        if chosen is None and self.cleaned_data.get("at") == ON_DAY:
            raise forms.ValidationError("On which day?")
        return chosen


def period_end_words(subscription: Subscription, now: datetime) -> str:
    """Return the end of the running period in words."""
    return f"when the running period ends, {shown_day(last_day_of_period(subscription, now))}"


def last_day_of_period(subscription: Subscription, now: datetime) -> date:
    """Return the last day of the running period, by the customer's calendar; of the first one before it begins."""
    moment = max(now, subscription.started_at or subscription.subscription_at)
    end = schedule_of(subscription).period(moment).end
    return local_date(end - timedelta(seconds=1), timezone_of(subscription))


def plan_change(answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what was chosen as the service, and the API, take it; None for the usual way."""
    if answers["at"] == USUAL:
        return None
    at = answers["on_day"] if answers["at"] == ON_DAY else answers["at"]
    return {"at": at, "prorate": answers["prorate"] or answers["at"] == PERIOD_END}
