"""
What staff can do: choose → rehearse → confirm → result → undo, one small class for each thing.

An action names the kind of object it is for, its form, its permission, the service that does it and the facts to
compare. The views (action_views.py) do all the rest: the rehearsal beside the form, the reason, errors at their fields,
the history. Nothing in a subclass computes: whatever is shown after is what the real service made of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from billing_site.core import rehearsal
from billing_site.core.admin.comparison import Comparison, compare
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import Sections, roof
from billing_site.core.models import Activity, StaffAct
from billing_site.core.staff_limits import Weight

RECENT_REASONS = 4


class StaffAction:
    """
    One thing that staff can do to an object of `subject`, or the making of one (`is_maker`; there the subject is None).

    `slug` stands in the address and `title` on the button. `reasons` are offered until there are recent ones of
    `activity_type`; where `must_say_why` one has to be given. `warning` says before what cannot be undone.
    `takes_reason` is false where the service keeps none. What can be undone says until when (`undo_until`), what of the
    subject undoing has to know (`remembers`), and calls the inverse service (`take_back`).
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    subject: ClassVar[type[models.Model]]
    form: ClassVar[type[ActionForm]]
    permission: ClassVar[str]
    activity_type: ClassVar[str]
    icon: ClassVar[str] = "bolt"
    confirm: ClassVar[str] = ""  # the words on the button that does it
    must_say_why: ClassVar[bool] = False
    reasons: ClassVar[Sequence[str]] = ()
    warning: ClassVar[str] = ""
    place: ClassVar[int] = 5  # among the buttons of its object: the usual first, what takes away last
    is_maker: ClassVar[bool] = False
    takes_reason: ClassVar[bool] = True
    is_bulk: ClassVar[bool] = False  # can be done to many at once; its form then has no subject
    undo_until: ClassVar[str] = ""  # "until the trial ends"; empty where it cannot be undone
    # Which field of the form a field of the service is asked by, where their names differ.
    asked_by: ClassVar[Mapping[str, str]] = {}

    def obstacle(self, subject: Any, *, now: datetime) -> str:
        """Return why this cannot be done to this object now, in a sentence; nothing if it can."""
        return ""

    def initial(self, subject: Any, *, now: datetime) -> dict[str, Any]:
        """Return what the form begins with: nothing is asked that can be worked out."""
        return {}

    def perform(self, subject: Any, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        """Call the service."""
        raise NotImplementedError

    def facts(self, subject: Any, *, now: datetime) -> Mapping[str, str]:
        """Return what of the object itself is compared before and after."""
        return {}

    def note(self, subject: Any, *, now: datetime) -> str:
        """Return what a person should know before they fill in the form, in a sentence."""
        return ""

    def beside(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Sections:
        """Return what else is worth seeing beside the form, such as a price tried out."""
        return {}

    def weight(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        """Return what the company may have set a limit for; nothing for what anyone with the right does alone."""
        return None

    def goes_to(self, subject: Any, made: Any) -> models.Model:
        """Return the object whose page is shown when it is done; `made` is what the service returned."""
        found: models.Model = made if self.is_maker else subject
        return found

    def result(self, subject: Any) -> str:
        """Return the sentence that says it is done."""
        return f"{self.title}: done."

    def remembers(self, subject: Any, *, now: datetime) -> Mapping[str, Any]:
        """Return what undoing has to know, as plain values, before it is done."""
        return {}

    def undo_obstacle(self, subject: Any, act: StaffAct, *, now: datetime) -> str:
        """Return why an act cannot be undone any more; by default, that its facts have changed since."""
        if dict(self.facts(subject, now=now)) == act.after:
            return ""
        return "It has changed since. Undo first what was done after."

    def take_back(self, subject: Any, act: StaffAct, *, now: datetime, reason: str) -> object:
        """Call the service that is the inverse."""
        raise NotImplementedError

    def bound(self, subject: Any, typed: Any, *, now: datetime) -> ActionForm:
        """Return the form, filled in with what was typed if anything was."""
        form = self.form(typed, subject=subject, now=now, initial=self.initial(subject, now=now))
        form.fields["reason"].required = self.must_say_why and typed is not None and "rehearse" not in typed
        return form

    def may(self, user: AbstractBaseUser | AnonymousUser, subject: Any = None) -> bool:
        """Test if this member of staff may do it, to this object."""
        return bool(user.has_perm(self.permission))  # type: ignore[union-attr]


class CatalogueAction(StaffAction):
    """Something done to what is sold: metrics, plans, prices, coupons. Their services keep no reason."""

    permission: ClassVar[str] = "core.set_prices"
    takes_reason: ClassVar[bool] = False


_ACTIONS: dict[type[models.Model], list[StaffAction]] = {}


A = TypeVar("A", bound=type[StaffAction])


def staff_action(cls: A) -> A:
    """Offer an action on the pages of its subject."""
    _ACTIONS.setdefault(cls.subject, []).append(cls())
    return cls


def actions_of(model: type[models.Model]) -> list[StaffAction]:
    """Return what can be done to objects of this kind."""
    found = [action for action in _ACTIONS.get(model, []) if not action.is_maker]
    return sorted(found, key=lambda action: action.place)


def bulk_actions_of(model: type[models.Model]) -> list[StaffAction]:
    """Return what can be done to many objects of this kind at once."""
    return [action for action in actions_of(model) if action.is_bulk]


def maker_of(model: type[models.Model]) -> StaffAction | None:
    """Return the action that makes one, if staff can."""
    return next((action for action in _ACTIONS.get(model, []) if action.is_maker), None)


def find(model: type[models.Model], slug: str) -> StaffAction | None:
    """Return the action of this name."""
    return next((action for action in actions_of(model) if action.slug == slug), None)


def rehearse(
    action: StaffAction, subject: models.Model | None, answers: Mapping[str, Any], *, now: datetime
) -> list[Comparison]:
    """
    Return what would be different: the real service and its reactions are run, looked at and rolled back.

    :raises BillingError: whatever the service refuses
    """
    before = _seen(action, subject, now) if subject is not None else {}
    made: list[Any] = []

    def look(happened: list[Activity]) -> list[Comparison]:
        if subject is not None:
            subject.refresh_from_db()
        after = _seen(action, subject if subject is not None else made[0], now)
        return compare(before, {**after, **roof().consequences(happened, now=now)})

    def act() -> None:
        made.append(action.perform(subject, answers, now=now, reason=""))

    try:
        return rehearsal.rehearse(act, look, now=now)
    finally:
        if subject is not None:
            subject.refresh_from_db()


def _seen(action: StaffAction, subject: models.Model, now: datetime) -> Sections:
    itself = action.facts(subject, now=now)
    own = {str(subject._meta.verbose_name).capitalize(): itself} if itself else {}
    return {**own, **roof().outlook(subject, now=now)}


def recent_reasons(action: StaffAction) -> list[str]:
    """Return the reasons given lately for this, newest first, filled up with those that the action suggests."""
    if not action.takes_reason:
        return []
    said = Activity.objects.filter(type=action.activity_type).exclude(reason="").order_by("-occurred_at", "-id")
    newest = list(said.values_list("reason", flat=True)[:50])
    return list(dict.fromkeys([*newest, *action.reasons]))[:RECENT_REASONS]
