"""Subscriptions: to read, and what staff do with them, each by the service that the API calls."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from billing_site.core import rehearsal
from billing_site.core.admin.base import StaffAdmin, shown_moment
from billing_site.core.errors import BillingError
from plans.models import Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import subscriptions

Act = Callable[[Subscription, dict[str, Any], datetime], Subscription]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        widget=UnfoldAdminTextInputWidget, max_length=500, help_text="Why; it is kept in the history."
    )


class TrialForm(ReasonForm):
    until = forms.SplitDateTimeField(
        label="The trial ends", widget=UnfoldAdminSplitDateTimeWidget, help_text="In UTC. The first charge is then."
    )
    field_order = ("until", "reason")


class EditForm(ReasonForm):
    name = forms.CharField(widget=UnfoldAdminTextInputWidget, required=False, max_length=255)
    ending_at = forms.SplitDateTimeField(
        label="Ends", widget=UnfoldAdminSplitDateTimeWidget, required=False, help_text="In UTC. Empty: goes on."
    )
    field_order = ("name", "ending_at", "reason")


class EndForm(ReasonForm):
    when = forms.ChoiceField(
        choices=[("period_end", "at the end of the running period"), ("now", "now, with a last invoice")],
        widget=forms.RadioSelect,
        initial="period_end",
    )
    field_order = ("when", "reason")


def _extend(subscription: Subscription, data: dict[str, Any], now: datetime) -> Subscription:
    return subscriptions.extend_trial(subscription, until=data["until"], now=now, reason=data["reason"])


def _edit(subscription: Subscription, data: dict[str, Any], now: datetime) -> Subscription:
    return subscriptions.update(
        subscription, now=now, name=data["name"], ending_at=data["ending_at"], reason=data["reason"]
    )


def _end(subscription: Subscription, data: dict[str, Any], now: datetime) -> Subscription:
    if data["when"] == "now":
        return subscriptions.terminate(subscription, at=now, now=now, reason=data["reason"])
    end = schedule_of(subscription).period(now).end
    return subscriptions.update(subscription, now=now, ending_at=end, reason=data["reason"])


@admin.register(Subscription)
class SubscriptionAdmin(StaffAdmin):
    list_display = ("external_id", "customer", "plan", "status", "started", "trial", "next_billing")
    list_filter = ("status", "plan__interval")
    list_select_related = ("customer__billing_entity", "plan")
    search_fields = ("external_id__istartswith", "customer__name__istartswith")
    actions_detail = ("extend_trial", "edit", "end")

    @display(description="began")
    def started(self, subscription: Subscription) -> str:
        return shown_moment(subscription.started_at, timezone_of(subscription))

    @display(description="trial ends")
    def trial(self, subscription: Subscription) -> str:
        return shown_moment(subscription.trial_ends_at, timezone_of(subscription))

    @display(description="next billing")
    def next_billing(self, subscription: Subscription) -> str:
        return shown_moment(subscription.billing_at, timezone_of(subscription))

    @action(description="Extend trial", url_path="extend-trial")
    def extend_trial(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, "Extend the trial", TrialForm, _extend)

    @action(description="Edit", url_path="edit")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, "Edit the subscription", EditForm, _edit)

    @action(description="End", url_path="end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, "End the subscription", EndForm, _end)

    def _act(
        self, request: HttpRequest, object_id: str, title: str, form_class: type[ReasonForm], act: Act
    ) -> HttpResponse:
        """Show the form; rehearse what it would do; do it when confirmed."""
        now = timezone.now()
        related = Subscription.objects.select_related("customer__billing_entity", "plan")
        subscription = get_object_or_404(related, pk=object_id)
        form = form_class(request.POST or None, initial=_initial(subscription, now))
        outcome: list[tuple[str, str, str]] = []
        if request.method == "POST" and form.is_valid():
            try:
                if "confirm" in request.POST:
                    act(subscription, form.cleaned_data, now)
                    messages.success(request, f"{title}: done.")
                    return HttpResponseRedirect(reverse("admin:plans_subscription_change", args=[object_id]))
                outcome = _rehearsed(subscription, form.cleaned_data, act, now)
            except BillingError as error:
                form.add_error(None, error.message)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subscription": subscription,
            "form": form,
            "outcome": outcome,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/staff_action.html", context)


def _initial(subscription: Subscription, now: datetime) -> dict[str, Any]:
    return {
        "name": subscription.name,
        "ending_at": subscription.ending_at,
        "until": (subscription.trial_ends_at or now) + timedelta(days=14),
    }


def _rehearsed(subscription: Subscription, data: dict[str, Any], act: Act, now: datetime) -> list[tuple[str, str, str]]:
    """Return what would be different, before and after, by doing it and undoing it."""
    before = _facts(subscription)
    after: dict[str, str] = {}
    rehearsal.rehearse(lambda: after.update(_facts(act(subscription, data, now))), lambda _: None, now=now)
    return [(name, before[name], after[name]) for name in before if before[name] != after[name]]


def _facts(subscription: Subscription) -> dict[str, str]:
    zone = timezone_of(subscription)
    return {
        "Name": subscription.name or "–",
        "Status": subscription.get_status_display(),
        "Trial ends": shown_moment(subscription.trial_ends_at, zone),
        "Ends": shown_moment(subscription.ending_at or subscription.terminated_at, zone),
        "Next billing": shown_moment(subscription.billing_at, zone),
    }
