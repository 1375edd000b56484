"""The pages of staff actions: form and rehearsal side by side, then the deed."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from billing_site.core.admin import actions, acts, consents
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.comparison import Comparison, compare
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import list_address, page_address
from billing_site.core.errors import BillingError
from billing_site.core.models import StaffRequest

# One of these is sent with whatever was filled in.
FILLED_IN = {"confirm", "because", "rehearse"}


def act(request: HttpRequest, page: Any, object_id: str, slug: str) -> HttpResponse:
    """Show an action's form with its rehearsal, rehearse while it is filled in, do it when it is confirmed."""
    subject, action = page.get_object(request, object_id), actions.find(page.model, slug)
    if subject is None or action is None:
        raise Http404("There is no such page.")
    if not page.has_view_permission(request, subject) or not action.may(request.user, subject):
        raise PermissionDenied
    return _serve(request, page, action, subject)


def undo(request: HttpRequest, page: Any, object_id: str, act_id: int) -> HttpResponse:
    """Show, rehearse and do the undoing of an act, in the same way."""
    subject = page.get_object(request, object_id)
    act = acts.of(subject, act_id) if subject is not None else None
    action = acts.action_of(act) if act is not None else None
    if act is None or action is None:
        raise Http404("There is no such page.")
    if not page.has_view_permission(request, subject) or not action.may(request.user):
        raise PermissionDenied
    return _serve(request, page, acts.Undoing(action, act), subject)


def make(request: HttpRequest, page: Any) -> HttpResponse:
    """Show the form that makes an object of the page's kind, in the same way."""
    action = actions.maker_of(page.model)
    if action is None or not action.may(request.user):
        raise PermissionDenied
    return _serve(request, page, action, None)


def _serve(request: HttpRequest, page: Any, action: StaffAction, subject: models.Model | None) -> HttpResponse:
    now = timezone.now()
    if subject is not None and (obstacle := action.obstacle(subject, now=now)):
        context = {**_context(request, page, action, subject), "obstacle": obstacle}
        return TemplateResponse(request, "admin/staff/action.html", context)
    form = form_of(request, action, subject, now)
    if "confirm" in request.POST or "because" in request.POST:
        if (done := _confirmed(request, action, subject, form, now)) is not None:
            return done
        return _answer(request, page, action, subject, form, rehearsed=[])
    rehearsed = _rehearsed(action, subject, form, now) if request.method == "POST" else []
    if request.headers.get("HX-Request"):
        context = {"form": form, "rehearsed": rehearsed, "action": action}
        return TemplateResponse(request, "admin/staff/rehearsal.html", context)
    return _answer(request, page, action, subject, form, rehearsed)


def form_of(request: HttpRequest, action: StaffAction, subject: models.Model | None, now: datetime) -> ActionForm:
    """Return the form of an action as the request fills it in."""
    data = request.POST.copy() if FILLED_IN & set(request.POST) else None
    if data is not None and data.get("because"):
        data["reason"] = data["because"]  # a button that confirms with a reason given before
    form = action.bound(subject, data, now=now)
    if not action.takes_reason:
        form.fields["reason"].widget = HiddenInput()
    return form


def _confirmed(
    request: HttpRequest, action: StaffAction, subject: models.Model | None, form: ActionForm, now: datetime
) -> HttpResponse | None:
    """Do it and go on to the object's page; None if the form or the service refuses."""
    if not form.is_valid():
        return None
    try:
        if (asked := consents.needed(action, subject, form, now=now)) is not None:
            return _asked(request, consents.ask(action, subject, form, why=asked, now=now))
        done = acts.carry_out(action, subject, form, now=now)
    except BillingError as error:
        form.refuse(error, action.asked_by)
        return None
    said = action.result(subject if subject is not None else done.made)
    if acts.can_be_offered(done.act):
        said = format_html('{} <a class="staff-undo" href="{}">Undo</a>', said, acts.undo_address(done.act))
    messages.success(request, said)
    return HttpResponseRedirect(page_address(action.goes_to(subject, done.made)))


def _asked(request: HttpRequest, asked: StaffRequest) -> HttpResponse:
    said = f"{asked.why_asked} It waits for a second person, and nothing has changed yet."
    messages.warning(request, said)
    return HttpResponseRedirect(page_address(asked))


def _rehearsed(action: StaffAction, subject: models.Model | None, form: ActionForm, now: datetime) -> list[Comparison]:
    if not form.is_valid():
        return []
    answers = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
    try:
        beside = compare({}, action.beside(subject, answers, now=now))
        if (asked := consents.needed(action, subject, form, now=now)) is not None:
            beside += compare({}, {"A second person": {"Has to approve it": asked}})
        return [*beside, *actions.rehearse(action, subject, answers, now=now)]
    except BillingError as error:
        form.refuse(error, action.asked_by)
        return []


def _answer(
    request: HttpRequest,
    page: Any,
    action: StaffAction,
    subject: models.Model | None,
    form: ActionForm,
    rehearsed: list[Comparison],
) -> HttpResponse:
    context = {
        **_context(request, page, action, subject),
        "note": "" if subject is None else action.note(subject, now=form.now),
        "form": form,
        "rehearsed": rehearsed,
        "recent_reasons": actions.recent_reasons(action),
    }
    return TemplateResponse(request, "admin/staff/action.html", context)


def _context(request: HttpRequest, page: Any, action: StaffAction, subject: models.Model | None) -> dict[str, Any]:
    return {
        **page.admin_site.each_context(request),
        "title": action.title,
        "action": action,
        "subject": subject or str(page.opts.verbose_name_plural).capitalize(),
        "back": list_address(page.model) if subject is None else page_address(subject),
        "opts": page.opts,
    }
