"""Requests for a second person: approved or rejected by another who may do it; the company's limits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from unfold.decorators import display

from billing_site.core import staff_limits
from billing_site.core.admin import consents
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_moment, shown_money
from billing_site.core.admin.fields import currency, figure, one_of
from billing_site.core.admin.forms import ActionForm
from billing_site.core.models import Organization, StaffLimit, StaffRequest

STATE_COLORS = {"waiting": "warning", "approved": "success", "rejected": "default"}


@admin.register(StaffRequest)
class StaffRequestAdmin(StaffAdmin):
    list_display = ("__str__", "asked_by_label", "asked", "why_asked", "shown_state", "decided_by_label")
    list_filter = ("state",)
    search_fields = ("subject_label__istartswith", "asked_by_label__istartswith")
    empty_says = "What is above a limit of the company waits here. Limits are set on the page of the company."

    @display(description="asked", ordering="created_at")
    def asked(self, request: StaffRequest) -> str:
        return shown_moment(request.created_at)

    @display(description="state", label=STATE_COLORS, ordering="state")
    def shown_state(self, request: StaffRequest) -> tuple[str, str]:
        return request.state, request.get_state_display()


class Decision(StaffAction):
    """What a second person says; never the one who asked, and only those who may do it themselves."""

    subject, form, permission, activity_type = StaffRequest, ActionForm, "core.view_books", ""

    def may(self, user: Any, subject: Any = None) -> bool:
        """Test if this is another member of staff, who may do it."""
        if subject is None or not super().may(user):
            return super().may(user)
        return user.pk != subject.asked_by_id and consents.action_of(subject).may(user)

    def obstacle(self, subject: StaffRequest, *, now: datetime) -> str:
        """Return that it is decided already."""
        is_waiting = subject.state == StaffRequest.State.WAITING
        return "" if is_waiting else f"This is {subject.get_state_display()} already."

    def facts(self, subject: StaffRequest, *, now: datetime) -> Mapping[str, str]:
        """Compare what the act itself compares."""
        found = None if subject.is_bulk else consents.subject_of(subject)
        return {} if found is None else consents.action_of(subject).facts(found, now=now)


@staff_action
class Approve(Decision):
    slug, title, icon, confirm = "approve", "Approve", "check_circle", "Approve it"
    place = 1
    warning = "It is done at once, as of now, in both names."

    def note(self, subject: StaffRequest, *, now: datetime) -> str:
        why = f" “{subject.reason}”" if subject.reason else ""
        return f"{subject.asked_by_label} asks: {subject}.{why} {subject.why_asked}"

    def perform(self, subject: StaffRequest, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return consents.approve(subject, now=now, reason=reason)

    def goes_to(self, subject: StaffRequest, made: Any) -> models.Model:
        found: models.Model = made.batch if made.is_bulk else consents.subject_of(made)
        return found

    def result(self, subject: StaffRequest) -> str:
        return f"Approved and done: {subject}."


@staff_action
class Reject(Decision):
    slug, title, icon, confirm = "reject", "Reject", "cancel", "Reject it"
    must_say_why = True
    reasons = ("Too much", "Ask the customer first")

    def perform(self, subject: StaffRequest, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return consents.reject(subject, now=now, reason=reason)

    def result(self, subject: StaffRequest) -> str:
        return "Rejected: nothing has changed."


class LimitForm(ActionForm):
    kind = one_of("For", StaffLimit.Kind.choices, initial=StaffLimit.Kind.CREDITS)
    currency = currency(required=False)
    most = figure("Up to", required=False, help_text="In a whole act. Empty: no limit. 0: always a second person. "
                  "For prices: the number of subscriptions that they reach.")  # fmt: skip
    when = {"currency": "kind=credits refunds voids"}

    def clean(self) -> dict[str, Any]:
        """Read the amount in minor units, and ask for a currency where there is money."""
        answers = super().clean() or {}
        is_money = answers.get("kind") != StaffLimit.Kind.PRICE_CHANGES
        if is_money and not answers.get("currency"):
            self.add_error("currency", "Choose the currency.")
            return answers
        most = answers.get("most")
        if most is not None:
            answers["most"] = self.cents("most", answers["currency"]) if is_money else int(most)
        answers["currency"] = answers["currency"] if is_money else ""
        return answers


@staff_action
class SetLimit(StaffAction):
    slug, title, icon, confirm = "set-limit", "Set a limit for staff", "verified_user", "Set it"
    subject, form, permission = Organization, LimitForm, "core.administer"
    activity_type = "staff_limit.changed"
    reasons = ("Four eyes on money",)

    def note(self, subject: Organization, *, now: datetime) -> str:
        return "Above a limit, what one person asks for waits until another approves it."

    def perform(self, subject: Organization, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        staff_limits.put(subject, answers["kind"], answers["currency"], answers["most"], now=now, reason=reason)
        return None

    def facts(self, subject: Organization, *, now: datetime) -> Mapping[str, str]:
        return {str(row): limit_words(row) for row in StaffLimit.objects.order_by("kind", "currency")}

    def result(self, subject: Organization) -> str:
        return "The limit is set."


def limit_words(row: StaffLimit) -> str:
    """Return up to what one person acts alone."""
    return shown_money(row.most, row.currency) if row.currency else f"{row.most:,} subscriptions"
