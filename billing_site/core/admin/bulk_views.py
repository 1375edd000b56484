"""The page of a staff action on many objects: those that are ticked, or all that the list shows under its filters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from billing_site.core.admin import actions, batches, consents
from billing_site.core.admin.action_views import form_of
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.comparison import Comparison, compare
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import list_address, page_address
from billing_site.core.models import StaffBatch, StaffRequest

SHOWN_FAILURES = 20
TICKED = "chosen"
TICK_ALL = format_html('<input type="checkbox" class="staff-box" data-tick-all aria-label="{}">', "Tick all rows")


def box(obj: Model) -> str:
    """Return the box that chooses a row of a list."""
    pattern = '<input type="checkbox" class="staff-box" name="{}" value="{}" aria-label="{}">'
    return format_html(pattern, TICKED, obj.pk, f"Choose {obj}")


def act(request: HttpRequest, page: Any, slug: str) -> HttpResponse:
    """Show the form with its rehearsal on all of the rows; begin when it is confirmed."""
    action = actions.find(page.model, slug)
    if action is None or not action.is_bulk:
        raise Http404("There is no such page.")
    if not page.has_view_permission(request) or not action.may(request.user):
        raise PermissionDenied
    keys, now = _keys(request, page), timezone.now()
    if not keys or len(keys) > batches.MOST_ROWS:
        messages.error(request, "Nothing is chosen." if not keys else f"No more than {batches.MOST_ROWS:,} at a time.")
        return HttpResponseRedirect(_back(request, page))
    form = form_of(request, action, None, now)
    if "confirm" in request.POST or "because" in request.POST:
        if (begun := _begun(request, action, keys, form, now)) is not None:
            return HttpResponseRedirect(page_address(begun))
        return _answer(request, page, action, keys, form, [])
    is_valid = "rehearse" in request.POST and form.is_valid()
    rehearsed = _shown(batches.rehearse(action, keys, form.data, now=now)) if is_valid else []
    if request.headers.get("HX-Request"):
        context = {"form": form, "rehearsed": rehearsed, "action": action}
        return TemplateResponse(request, "admin/staff/rehearsal.html", context)
    return _answer(request, page, action, keys, form, rehearsed)


def _begun(
    request: HttpRequest, action: StaffAction, keys: list[int], form: ActionForm, now: datetime
) -> StaffBatch | StaffRequest | None:
    """Have it begun, or asked for; None if the form refuses, or the rows are not those that were looked at."""
    if not form.is_valid():
        return None
    if request.POST.get("counted") != str(len(keys)):
        form.add_error(None, f"The list has changed meanwhile: {len(keys):,} rows now. Look again, then confirm.")
        return None
    if (asked := consents.needed_for_many(action, keys, form, now=now)) is not None:
        messages.warning(request, f"{asked} It waits for a second person, and nothing has changed yet.")
        return consents.ask_for_many(action, keys, form, why=asked, now=now)
    return batches.begin(action, keys, form, now=now)


def _answer(
    request: HttpRequest,
    page: Any,
    action: StaffAction,
    keys: list[int],
    form: ActionForm,
    rehearsed: list[Comparison],
) -> HttpResponse:
    what = page.opts.verbose_name if len(keys) == 1 else page.opts.verbose_name_plural
    context = {
        **page.admin_site.each_context(request),
        "title": action.title,
        "action": action,
        "subject": f"{len(keys):,} {what}",
        "back": _back(request, page),
        "form": form,
        "hidden": _hidden(request, keys),
        "rehearsed": rehearsed,
        "recent_reasons": actions.recent_reasons(action),
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/staff/action.html", context)


def _back(request: HttpRequest, page: Any) -> str:
    return f"{list_address(page.model)}?{request.GET.urlencode()}"


def _keys(request: HttpRequest, page: Any) -> list[int]:
    """Return the keys of the ticked rows, or of all under the filters where none is ticked."""
    ticked = request.POST.getlist(TICKED)
    if ticked and all(key.isdigit() and len(key) < 19 for key in ticked):
        rows = page.get_queryset(request).filter(pk__in=ticked)
    else:
        rows = page.get_changelist_instance(request).get_queryset(request)
    return sorted(rows.order_by().values_list("pk", flat=True)[: batches.MOST_ROWS + 1])


def _hidden(request: HttpRequest, keys: list[int]) -> list[tuple[str, str]]:
    ticked = [(TICKED, key) for key in request.POST.getlist(TICKED)]
    return [*ticked, ("counted", str(len(keys)))]


def _shown(found: batches.Rehearsal) -> list[Comparison]:
    works = found.tried - len(found.failures)
    said: dict[str, str] = {"Can be done": f"{works:,}", "Cannot be done": f"{len(found.failures):,}"}
    if found.tried < found.asked:
        said["Tried"] = f"the first {found.tried:,} of {found.asked:,}"
    failures: Mapping[str, str] = dict(list(found.failures.items())[:SHOWN_FAILURES])
    refused = compare({}, {"Cannot be done, and left out": failures}) if failures else []
    return [*compare({}, {"Rows": said}), *compare(found.before, found.after), *refused]


def offered(request: HttpRequest, page: Any) -> list[StaffAction]:
    """Return what this member of staff can do to many rows of the list."""
    return [action for action in actions.bulk_actions_of(page.model) if action.may(request.user)]
