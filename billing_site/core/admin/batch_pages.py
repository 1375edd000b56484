"""Bulk actions: how far they are, what could not be done and why; tried again, undone as a whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from unfold.decorators import display

from billing_site.core.admin import batches
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_moment
from billing_site.core.admin.forms import ActionForm
from billing_site.core.models import StaffBatch


@admin.register(StaffBatch)
class StaffBatchAdmin(StaffAdmin):
    list_display = ("title", "asked_by_label", "begun", "reason")
    search_fields = ("title__istartswith", "asked_by_label__istartswith")
    empty_says = "Tick rows of a list, or filter it, and press what is to be done to all of them."

    @display(description="begun", ordering="created_at")
    def begun(self, batch: StaffBatch) -> str:
        return shown_moment(batch.created_at)

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show how far it is; the page asks again while rows wait."""
        batch = self.get_object(request, object_id)
        waits = batch is not None and batches.progress(batch)[batches.State.PENDING] > 0
        return super().change_view(request, object_id, form_url, {"waits": waits, **(extra_context or {})})


class BatchAction(StaffAction):
    """Something done to a bulk action as a whole, by those who may do it to one row."""

    subject, form, permission = StaffBatch, ActionForm, "core.view_books"

    def may(self, user: Any, subject: Any = None) -> bool:
        """Test if this member of staff may do to one row what was done to many."""
        action = batches.action_of(subject) if subject is not None else None
        return super().may(user) and (subject is None or (action is not None and action.may(user)))


@staff_action
class RetryFailed(BatchAction):
    slug, title, icon, confirm = "retry", "Try again what failed", "replay", "Try again"
    activity_type, takes_reason = "", False

    def obstacle(self, subject: StaffBatch, *, now: datetime) -> str:
        return "" if batches.progress(subject)[batches.State.FAILED] else "Nothing has failed."

    def perform(self, subject: StaffBatch, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return batches.retry(subject)

    def result(self, subject: StaffBatch) -> str:
        return "They are tried again."


@staff_action
class UndoBatch(BatchAction):
    slug, title, icon, confirm = "undo-all", "Undo all of it", "undo", "Undo all"
    activity_type, must_say_why = "", True
    reasons = ("Done by mistake", "The wrong rows were chosen")
    warning = "What has changed since, row by row, stays as it is; it is listed with the reason."

    def obstacle(self, subject: StaffBatch, *, now: datetime) -> str:
        action = batches.action_of(subject)
        if subject.undoes_id is not None or StaffBatch.objects.filter(undoes=subject).exists():
            return "This undoes another one." if subject.undoes_id else "It is undone already, or being undone."
        if action is None or not action.undo_until:
            return f"“{subject.title}” cannot be undone."
        counts = batches.progress(subject)
        if counts[batches.State.PENDING]:
            return "It is still at it. Wait until all rows are done."
        return "" if counts[batches.State.DONE] else "Nothing was done."

    def perform(self, subject: StaffBatch, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return batches.undo(subject, now=now, reason=reason)

    def goes_to(self, subject: Any, made: Any) -> models.Model:
        found: models.Model = made
        return found

    def result(self, subject: StaffBatch) -> str:
        return "It is being undone."
