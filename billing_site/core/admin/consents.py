"""A second person: what is above a limit of the company waits until another who may do it approves or rejects it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from billing_site.core import activity, staff_limits
from billing_site.core.admin import actions, acts, batches
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.shown import shown_money
from billing_site.core.errors import NotAllowed
from billing_site.core.models import StaffLimit, StaffRequest
from billing_site.core.staff_limits import Weight

State = StaffRequest.State


class NotYours(NotAllowed):
    code = "second_person_needed"


def needed(action: StaffAction, subject: Any, form: ActionForm, *, now: datetime) -> str | None:
    """Return why a second person has to approve an act, in a sentence; None if it needs none."""
    answers = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
    weight = action.weight(subject, answers, now=now)
    return _sentence(weight) if weight is not None and staff_limits.is_above(weight) else None


def needed_for_many(action: StaffAction, keys: Sequence[int], form: ActionForm, *, now: datetime) -> str | None:
    """Return the same for an action on many: what it gives to all of them counts together."""
    answers = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
    sums: dict[tuple[str, str], int] = {}
    for subject in batches.subjects_of(action.subject, keys):
        weight = action.weight(subject, answers, now=now)
        if weight is not None:
            key = (weight.kind, weight.currency)
            sums[key] = sums.get(key, 0) + weight.amount
    weights = [Weight(kind, amount, currency) for (kind, currency), amount in sums.items()]
    return next((_sentence(weight) for weight in weights if staff_limits.is_above(weight)), None)


def ask(action: StaffAction, subject: Any, form: ActionForm, *, why: str, now: datetime) -> StaffRequest:
    """Keep what was typed until a second person decides."""
    request = _request(action, form, why=why, now=now)
    request.subject_ids, request.subject_label = [subject.pk], str(subject)[:255]
    request.save(force_insert=True)
    return request


def ask_for_many(
    action: StaffAction, keys: Sequence[int], form: ActionForm, *, why: str, now: datetime
) -> StaffRequest:
    """Keep what was typed for many objects until a second person decides."""
    request = _request(action, form, why=why, now=now)
    request.subject_ids, request.is_bulk = list(keys), True
    request.subject_label = f"{len(keys):,} {action.subject._meta.verbose_name_plural}"
    request.save(force_insert=True)
    return request


@transaction.atomic
def approve(request: StaffRequest, *, now: datetime, reason: str = "") -> StaffRequest:
    """
    Do what was asked for, as of now, in the name of who asked and who approves.

    :raises NotYours: if whoever approves is who asked
    :raises BillingError: whatever the service refuses by now
    """
    request = _lock(request)
    action = action_of(request)
    by = activity.actor()
    label = f"{request.asked_by_label}, approved by {by.label}"
    typed = MultiValueDict({**request.answers, "reason": [request.reason]})
    with activity.acting_as(activity.Actor("staff", str(request.asked_by_id), label[:255])):
        if request.is_bulk:
            form = _valid(action, None, typed, now)
            request.batch = batches.begin(action, request.subject_ids, form, now=now)
        else:
            subject = subject_of(request)
            if subject is None or (sentence := action.obstacle(subject, now=now)):
                raise acts.NotDoable(sentence if subject is not None else "It is not there any more.")
            request.act = acts.carry_out(action, subject, _valid(action, subject, typed, now), now=now).act
    return _decide(request, State.APPROVED, now=now, reason=reason)


@transaction.atomic
def reject(request: StaffRequest, *, now: datetime, reason: str = "") -> StaffRequest:
    """
    Say no: nothing is done.

    :raises NotYours: if whoever rejects is who asked
    """
    return _decide(_lock(request), State.REJECTED, now=now, reason=reason)


def action_of(request: StaffRequest) -> StaffAction:
    """
    Return the action that is asked for.

    :raises NotDoable: if there is no such action any more
    """
    action = actions.find(apps.get_model(request.subject_type), request.action)
    if action is None:
        raise acts.NotDoable("There is no such action any more.")
    return action


def subject_of(request: StaffRequest) -> Any:
    """Return the object that the act is about; the first of many."""
    return batches.subjects_of(apps.get_model(request.subject_type), request.subject_ids[:1]).first()


def _request(action: StaffAction, form: ActionForm, *, why: str, now: datetime) -> StaffRequest:
    by = activity.actor()
    return StaffRequest(
        action=action.slug,
        title=action.title,
        subject_type=action.subject._meta.label_lower,
        why_asked=why,
        reason=form.cleaned_data["reason"],
        answers=form.typed(),
        asked_by_id=int(by.id),
        asked_by_label=by.label,
        created_at=now,
        updated_at=now,
    )


def _valid(action: StaffAction, subject: Any, typed: Any, now: datetime) -> ActionForm:
    form = action.bound(subject, typed, now=now)
    if not form.is_valid():
        raise acts.NotDoable("; ".join(form.complaints()))
    return form


def _lock(request: StaffRequest) -> StaffRequest:
    request = StaffRequest.objects.lock(request.pk)
    if request.state != State.WAITING:
        raise acts.NotDoable(f"This is {request.get_state_display()} already.")
    if activity.actor().id == str(request.asked_by_id):
        raise NotYours("Another person has to decide: you have asked for it.")
    return request


def _decide(request: StaffRequest, state: str, *, now: datetime, reason: str) -> StaffRequest:
    by = activity.actor()
    request.state, request.decision_reason = state, reason
    request.decided_by_id, request.decided_by_label = int(by.id), by.label
    request.decided_at, request.updated_at = now, now
    request.save()
    return request


def _sentence(weight: Weight) -> str:
    limit = StaffLimit.objects.filter(kind=weight.kind, currency=weight.currency).first()
    kind = StaffLimit.Kind(weight.kind).label
    if limit is None:
        return f"There is no limit for {kind} in {weight.currency}, so none is given by one person alone."
    if not weight.currency:
        return f"This reaches {weight.amount:,} subscriptions, more than the {limit.most:,} of one person."
    amount, most = shown_money(weight.amount, weight.currency), shown_money(limit.most, weight.currency)
    return f"{amount} is above the limit of {most} for {kind}."
