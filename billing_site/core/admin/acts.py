"""Acts of staff: an action done, kept with who, when, why, before and after, and undone where its class says how."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.db import models, transaction
from django.urls import reverse

from billing_site.core import activity
from billing_site.core.admin import actions
from billing_site.core.admin.actions import StaffAction
from billing_site.core.admin.forms import ActionForm
from billing_site.core.errors import NotAllowed
from billing_site.core.models import StaffAct


class NotUndoable(NotAllowed):
    code = "not_undoable"


class NotDoable(NotAllowed):
    code = "not_doable"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the row that keeps it, and what the service returned."""

    act: StaffAct
    made: object


@transaction.atomic
def carry_out(action: StaffAction, subject: Any, form: ActionForm, *, now: datetime) -> Done:
    """
    Call the service of an action with what a valid form was told, and keep that it was done.

    :raises BillingError: whatever the service refuses
    """
    answers = dict(form.cleaned_data)
    reason = answers.pop("reason")
    before = dict(action.facts(subject, now=now)) if subject is not None else {}
    remembered = dict(action.remembers(subject, now=now)) if subject is not None else {}
    with activity.listening() as heard:
        made = action.perform(subject, answers, now=now, reason=reason)
    if subject is not None:
        subject.refresh_from_db()
    shown = action.goes_to(subject, made)
    act = _act(action, shown, now=now, reason=reason)
    act.answers, act.before, act.remembered, act.activity_ids = form.typed(), before, remembered, heard
    act.after = dict(action.facts(shown, now=now)) if isinstance(shown, action.subject) else {}
    if isinstance(made, models.Model) and made != shown:
        act.made_type, act.made_id = made._meta.label_lower, made.pk
    act.undoes = getattr(action, "act", None)
    act.save(force_insert=True)
    return Done(act, made)


def _act(action: StaffAction, shown: models.Model, *, now: datetime, reason: str) -> StaffAct:
    by = activity.actor()
    return StaffAct(
        action=action.slug,
        title=action.title,
        subject_type=shown._meta.label_lower,
        subject_id=shown.pk,
        subject_label=str(shown)[:255],
        customer_id=activity.customer_of(shown),
        asked_by_id=int(by.id) if by.kind == "staff" else None,
        asked_by_label=by.label,
        reason=reason,
        created_at=now,
        updated_at=now,
    )


class Undoing(StaffAction):
    """The undoing of an act, itself an action: rehearsed, confirmed and kept like any other."""

    slug, icon, confirm = "undo", "undo", "Undo it"
    form: ClassVar[type[ActionForm]] = ActionForm
    reasons = ("Done by mistake", "The customer changed their mind")

    def __init__(self, action: StaffAction, act: StaffAct) -> None:
        self.action, self.act = action, act
        # What differs by instance here differs by class elsewhere.
        self.title = f"Undo: {act.title}"  # type: ignore[misc]
        self.subject, self.permission = action.subject, action.permission  # type: ignore[misc]
        self.activity_type, self.takes_reason = action.activity_type, action.takes_reason  # type: ignore[misc]

    def obstacle(self, subject: Any, *, now: datetime) -> str:
        """Return why it cannot be undone, or not any more."""
        if self.act.state != StaffAct.State.DONE:
            return "This has been undone already."
        if not self.action.undo_until:
            return f"“{self.act.title}” cannot be undone."
        return self.action.undo_obstacle(subject, self.act, now=now)

    def note(self, subject: Any, *, now: datetime) -> str:
        """Say what is undone, who did it and why."""
        why = f" (“{self.act.reason}”)" if self.act.reason else ""
        return f"Takes back what {self.act.asked_by_label} did{why}. It can be undone {self.action.undo_until}."

    def perform(self, subject: Any, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        """
        Take the act back by the service that is its inverse.

        :raises NotUndoable: if it was undone meanwhile, or can no longer be
        """
        act = StaffAct.objects.lock(self.act.pk)
        if act.state != StaffAct.State.DONE:
            raise NotUndoable("This has been undone already.")
        if sentence := self.action.undo_obstacle(subject, act, now=now):
            raise NotUndoable(sentence)
        made = self.action.take_back(subject, act, now=now, reason=reason)
        act.state, act.updated_at = StaffAct.State.UNDONE, now
        act.save(update_fields=["state", "updated_at"])
        return made

    def facts(self, subject: Any, *, now: datetime) -> Mapping[str, str]:
        """Compare what the act itself compared."""
        return self.action.facts(subject, now=now)

    def result(self, subject: Any) -> str:
        """Say that it is undone."""
        return f"Undone: {self.act.title}."


def of(subject: models.Model, act_id: int) -> StaffAct | None:
    """Return an act on an object."""
    about = StaffAct.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    found: StaffAct | None = about.filter(pk=act_id).first()
    return found


def undo_address(act: StaffAct) -> str:
    """Return the address of the page on which an act is undone."""
    return reverse(f"admin:{act.subject_type.replace('.', '_')}_undo", args=[act.subject_id, act.pk])


def made_by(act: StaffAct) -> Any:
    """Return the row that an act made besides, such as a discount; None if it is no more."""
    with suppress(LookupError, ValueError):
        return apps.get_model(act.made_type)._default_manager.filter(pk=act.made_id).first()
    return None


def action_of(act: StaffAct) -> StaffAction | None:
    """Return the action that an act was done by; None if there is no such action any more."""
    with suppress(LookupError, ValueError):
        model = apps.get_model(act.subject_type)
        maker = actions.maker_of(model)
        return maker if maker is not None and maker.slug == act.action else actions.find(model, act.action)
    return None


def can_be_offered(act: StaffAct) -> bool:
    """Test if undoing it is offered: whether it is still safe, its own page says."""
    action = action_of(act) if act.state == StaffAct.State.DONE and act.undoes_id is None else None
    return action is not None and bool(action.undo_until)
