"""When the usage of one subscription is billed before its period ends: at thresholds of its own, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.fields import yes
from billing_site.core.admin.forms import ActionForm
from plans.admin.subscription_actions import ended
from plans.admin.threshold_forms import NAME, as_rows, in_words, read_cents, threshold_rows, thresholds_of
from plans.models import Subscription
from plans.selectors import usage_thresholds
from plans.services import subscriptions


class ThresholdsForm(ActionForm):
    is_watched = yes("Bill usage before its period ends", help_text="Off: thresholds are kept, but bill nothing.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[NAME] = threshold_rows(self.subject.plan.amount_currency)

    def clean(self) -> dict[str, Any]:
        """Work out amounts in minor units."""
        answers = super().clean() or {}
        read_cents(self, self.subject.plan.amount_currency)
        return answers


@staff_action
class SetThresholds(StaffAction):
    slug, title, icon, confirm = "thresholds", "Usage thresholds", "speed", "Save"
    subject, form = Subscription, ThresholdsForm
    permission, activity_type = "core.serve_customers", "subscription.updated"
    reasons = ("They agreed to pay sooner", "They may use more before they are billed")

    def obstacle(self, subject: Subscription, *, now: datetime) -> str:
        return ended(subject)

    def note(self, subject: Subscription, *, now: datetime) -> str:
        rows = usage_thresholds.of_plan(subject.plan)
        shared = in_words(rows, subject.plan.amount_currency).replace("\n", ", ")
        return f"Those written here count instead of the plan's. Without any, the plan's do: {shared}."

    def initial(self, subject: Subscription, *, now: datetime) -> dict[str, Any]:
        rows = as_rows(usage_thresholds.own(subject), subject.plan.amount_currency)
        return {"is_watched": not subject.progressive_billing_disabled, NAME: rows}

    def perform(self, subject: Subscription, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return subscriptions.update(
            subject,
            now=now,
            reason=reason,
            usage_thresholds=thresholds_of(answers),
            progressive_billing_disabled=not answers["is_watched"],
        )

    def facts(self, subject: Subscription, *, now: datetime) -> Mapping[str, str]:
        is_watched = not subject.progressive_billing_disabled
        currency = subject.plan.amount_currency
        return {
            "Usage is billed": "when it reaches a threshold, and with its period" if is_watched else "with its period",
            "Thresholds of its own": in_words(usage_thresholds.own(subject), currency),
            "Thresholds that count": in_words(usage_thresholds.applicable(subject), currency) if is_watched else "none",
        }

    def result(self, subject: Subscription) -> str:
        return "The thresholds are saved."
