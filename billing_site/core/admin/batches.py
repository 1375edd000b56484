"""A staff action on many objects: rehearsed together, done in the background one by one, retried, undone as a whole."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.datastructures import MultiValueDict
from django_q.tasks import async_task

from billing_site.core import activity, bulk, rehearsal
from billing_site.core.admin import actions, acts
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import Sections, roof
from billing_site.core.errors import BillingError
from billing_site.core.models import StaffAct, StaffBatch, StaffBatchRow

log = logging.getLogger(__name__)

MOST_ROWS, REHEARSED, AT_A_TIME = 20_000, 200, 200
State = StaffBatchRow.State


@dataclass(slots=True)
class Rehearsal:
    """What a bulk action would do: how many rows were tried, which cannot be done and why, what it comes to."""

    asked: int
    tried: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    before: Sections = field(default_factory=dict)
    after: Sections = field(default_factory=dict)


def rehearse(action: StaffAction, keys: Sequence[int], typed: Any, *, now: datetime) -> Rehearsal:
    """Do it to the first of the rows by the real service, one after the other, look at the whole, and undo it."""

    def tried() -> Rehearsal:
        subjects = list(subjects_of(action.subject, keys[:REHEARSED]))
        subjects.sort(key=lambda row: (activity.customer_of(row) or 0, row.pk))  # the order in which all others lock
        found = Rehearsal(len(keys), len(subjects), before=roof().totals(subjects, now=now))
        for subject in subjects:
            try:
                with transaction.atomic():
                    _act(action, subject, typed, now=now)
            except BillingError as error:
                found.failures[str(subject)] = error.message
        connection.check_constraints()
        found.after = roof().totals(list(subjects_of(action.subject, keys[:REHEARSED])), now=now)
        return found

    return rehearsal.undone(tried)


def begin(action: StaffAction, keys: Sequence[int], form: ActionForm, *, now: datetime) -> StaffBatch:
    """Keep what is to be done to which rows, and have a worker do it."""
    batch = _batch(action.slug, action.title, action.subject, reason=form.cleaned_data["reason"], now=now)
    batch.answers = form.typed()
    rows = [
        bulk.new(StaffBatchRow, subject_id=subject.pk, subject_label=str(subject)[:255])
        for subject in subjects_of(action.subject, keys)
    ]
    return _start(batch, rows)


def undo(batch: StaffBatch, *, now: datetime, reason: str) -> StaffBatch:
    """Undo all that a bulk action did, in the background too, the last first."""
    model = apps.get_model(batch.subject_type)
    back = _batch(batch.action, f"Undo: {batch.title}", model, reason=reason, now=now)
    back.undoes = batch
    done = batch.rows.filter(state=State.DONE, act__state=StaffAct.State.DONE).order_by("-pk")
    rows = [
        bulk.new(StaffBatchRow, subject_id=row.subject_id, subject_label=row.subject_label, undoes_id=row.act_id)
        for row in done
    ]
    return _start(back, rows)


@transaction.atomic
def retry(batch: StaffBatch) -> int:
    """Have the rows tried again that could not be done, and return how many."""
    count: int = batch.rows.filter(state=State.FAILED).update(state=State.PENDING, error="")
    transaction.on_commit(_wake)
    return count


def run_due(*, now: datetime, limit: int = AT_A_TIME) -> int:
    """Do the next waiting rows of all bulk actions, each in a transaction of its own, and return how many."""
    done = 0
    while done < limit and _one(now):
        done += 1
    return done


def progress(batch: StaffBatch) -> Mapping[str, int]:
    """Return how many rows are in which state."""
    rows = batch.rows.values("state").annotate(count=models.Count("pk")).order_by()
    return {**dict.fromkeys(State.values, 0), **{row["state"]: row["count"] for row in rows}}


def action_of(batch: StaffBatch) -> StaffAction | None:
    """Return the action that a batch is of; None if there is no such action any more."""
    return actions.find(apps.get_model(batch.subject_type), batch.action)


def _batch(slug: str, title: str, model: type[models.Model], *, reason: str, now: datetime) -> StaffBatch:
    by = activity.actor()
    return StaffBatch(
        action=slug,
        title=title,
        subject_type=model._meta.label_lower,
        asked_by_id=int(by.id) if by.kind == "staff" else None,
        asked_by_label=by.label,
        reason=reason,
        created_at=now,
        updated_at=now,
    )


@transaction.atomic
def _start(batch: StaffBatch, rows: Sequence[StaffBatchRow]) -> StaffBatch:
    batch.save(force_insert=True)
    for row in rows:
        row.batch_id = batch.pk
    bulk.copy_leaves(StaffBatchRow, rows)
    transaction.on_commit(_wake)
    return batch


def _wake() -> None:
    async_task("billing_site.core.tasks.run_batches")


@transaction.atomic
def _one(now: datetime) -> bool:
    """Do the next row that nobody else is at; False if there is none."""
    waiting = StaffBatchRow.objects.filter(state=State.PENDING).order_by("pk").select_related("batch", "undoes")
    row = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if row is None:
        return False
    try:
        with transaction.atomic(), activity.acting_as(_actor(row.batch)):
            row.act, row.state, row.error = _do(row, now), State.DONE, ""
    except BillingError as error:
        row.state, row.error = State.FAILED, error.message
    except Exception as error:  # noqa: BLE001 - one bad row must not stop the others; it is logged and can be retried
        log.exception("bulk action %s failed at %s", row.batch, row)
        row.state, row.error = State.FAILED, f"An error of ours: {type(error).__name__}."
    row.save(update_fields=["act", "state", "error"])
    return True


def _do(row: StaffBatchRow, now: datetime) -> StaffAct:
    action = action_of(row.batch)
    subject = subjects_of(apps.get_model(row.batch.subject_type), [row.subject_id]).first()
    if action is None or subject is None:
        raise acts.NotDoable("It is not there any more.")
    if row.undoes is not None:
        action = acts.Undoing(action, row.undoes)
        return _act(action, subject, {"reason": [row.batch.reason]}, now=now)
    return _act(action, subject, {**row.batch.answers, "reason": [row.batch.reason]}, now=now)


def _act(action: StaffAction, subject: Any, typed: Any, *, now: datetime) -> StaffAct:
    """
    Do it to one row as its own page would.

    :raises BillingError: if it cannot be done, or the service refuses
    """
    if sentence := action.obstacle(subject, now=now):
        raise acts.NotDoable(sentence)
    data = typed if hasattr(typed, "getlist") else MultiValueDict(typed)
    form = action.bound(subject, data, now=now)
    if not form.is_valid():
        raise acts.NotDoable("; ".join(form.complaints()))
    return acts.carry_out(action, subject, form, now=now).act


def _actor(batch: StaffBatch) -> activity.Actor:
    if batch.asked_by_id is None:
        return activity.SYSTEM
    return activity.Actor("staff", str(batch.asked_by_id), batch.asked_by_label)


def subjects_of(model: type[models.Model], keys: Iterable[int]) -> "models.QuerySet[Any]":
    """Return the objects of these keys, with what they belong to."""
    related = [f.name for f in model._meta.fields if isinstance(f, models.ForeignKey) and not f.null]
    return model._default_manager.filter(pk__in=list(keys)).select_related(*related).order_by("pk")
