"""The pages of staff actions: form and rehearsal side by side, then the deed."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from billing_site.core.admin import actions
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.comparison import Comparison
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import page_address
from billing_site.core.errors import BillingError


def act(request: HttpRequest, page: Any, object_id: str, slug: str) -> HttpResponse:
    """Show an action's form with its rehearsal, rehearse while it is filled in, do it when it is confirmed."""
    now = timezone.now()
    subject, action = _asked(request, page, object_id, slug)
    form = _form(request, action, subject, now)
    if "confirm" in request.POST or "because" in request.POST:
        if (done := _confirmed(request, action, subject, form, now)) is not None:
            return done
        return _answer(request, page, action, subject, form, rehearsed=[])
    rehearsed = _rehearsed(action, subject, form, now) if request.method == "POST" else []
    if request.headers.get("HX-Request"):
        context = {"form": form, "rehearsed": rehearsed, "action": action}
        return TemplateResponse(request, "admin/staff/rehearsal.html", context)
    return _answer(request, page, action, subject, form, rehearsed)


def _asked(request: HttpRequest, page: Any, object_id: str, slug: str) -> tuple[models.Model, StaffAction]:
    subject, action = page.get_object(request, object_id), actions.find(page.model, slug)
    if subject is None or action is None:
        raise Http404("There is no such page.")
    if not page.has_view_permission(request, subject) or not action.may(request.user):
        raise PermissionDenied
    return subject, action


def _form(request: HttpRequest, action: StaffAction, subject: models.Model, now: datetime) -> ActionForm:
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and data.get("because"):
        data["reason"] = data["because"]  # a button that confirms with a reason given before
    form = action.form(data, subject=subject, now=now, initial=action.initial(subject, now=now))
    form.fields["reason"].required = action.must_say_why and data is not None and "rehearse" not in data
    return form


def _confirmed(
    request: HttpRequest, action: StaffAction, subject: models.Model, form: ActionForm, now: datetime
) -> HttpResponse | None:
    """Do it and go back to the object's page; None if the form or the service refuses."""
    if not form.is_valid():
        return None
    answers = dict(form.cleaned_data)
    try:
        action.perform(subject, answers, now=now, reason=answers.pop("reason"))
    except BillingError as error:
        form.refuse(error, action.asked_by)
        return None
    subject.refresh_from_db()
    messages.success(request, action.result(subject))
    return HttpResponseRedirect(page_address(subject))


def _rehearsed(action: StaffAction, subject: models.Model, form: ActionForm, now: datetime) -> list[Comparison]:
    if not form.is_valid():
        return []
    try:
        return actions.rehearse(action, subject, form.cleaned_data, now=now)
    except BillingError as error:
        form.refuse(error, action.asked_by)
        return []


def _answer(
    request: HttpRequest,
    page: Any,
    action: StaffAction,
    subject: models.Model,
    form: ActionForm,
    rehearsed: list[Comparison],
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": action.title,
        "action": action,
        "subject": subject,
        "back": page_address(subject),
        "obstacle": action.obstacle(subject, now=form.now),
        "form": form,
        "rehearsed": rehearsed,
        "recent_reasons": actions.recent_reasons(action),
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/staff/action.html", context)
