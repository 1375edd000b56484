"""Keys of the API: made, changed, replaced, ended."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django import forms

from billing_site.core import api_keys
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.forms import ActionForm, number, text
from billing_site.core.models import ApiKey, Organization


class RightsForm(ActionForm):
    scopes = text(
        "May", required=False, max_length=4000,
        help_text="For example customer:read, invoice:read, invoice:write; empty for everything.",
    )  # fmt: skip
    requests_per_minute = number(
        "Requests a minute", required=False, min_value=0, max_value=10**6, decimal_places=0,
        help_text="Empty: as for all keys. 0: no limit.",
    )  # fmt: skip

    def clean_scopes(self) -> dict[str, list[str]] | None:
        """Return the rights by resource; none said means all."""
        rights: dict[str, list[str]] = {}
        for part in filter(None, (part.strip() for part in self.cleaned_data["scopes"].split(","))):
            resource, _, need = part.partition(":")
            if resource not in api_keys.RESOURCES or need not in api_keys.NEEDS:
                raise forms.ValidationError(f"There is no right {part}.")
            rights.setdefault(resource, []).append(need)
        return rights or None

    def clean_requests_per_minute(self) -> int | None:
        """Return a whole number, or nothing."""
        given = self.cleaned_data["requests_per_minute"]
        return None if given is None else int(given)


class NewKeyForm(RightsForm):
    name = text("Name", max_length=100, help_text="Who or what will use it.")


# The key that this request has made, for the sentence that says so.
_made: ContextVar[str] = ContextVar("made")


def _shown_once() -> str:
    return f"The key is {_made.get()} and is shown this once."


@staff_action
class MakeKey(StaffAction):
    slug, title, icon = "make-api-key", "Make an API key", "key"
    subject, form, permission = Organization, NewKeyForm, "core.administer"
    activity_type = "api_key.created"

    def perform(self, subject: Organization, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        key, secret = api_keys.create(now=now, reason=reason, **answers)
        _made.set(secret)
        return key

    def result(self, subject: Organization) -> str:
        return _shown_once()


class _AboutKey(StaffAction):
    subject, permission = ApiKey, "core.administer"

    def obstacle(self, subject: ApiKey, *, now: datetime) -> str:
        has_ended = subject.revoked_at or (subject.expires_at and subject.expires_at <= now)
        return "This key has ended." if has_ended else ""


@staff_action
class ChangeRights(_AboutKey):
    slug, title, icon = "change-rights", "Change what it may do", "tune"
    form, activity_type = RightsForm, "api_key.updated"

    def initial(self, subject: ApiKey, *, now: datetime) -> dict[str, Any]:
        rights = [f"{resource}:{need}" for resource, needs in (subject.scopes or {}).items() for need in needs]
        return {"scopes": ", ".join(rights), "requests_per_minute": subject.requests_per_minute}

    def perform(self, subject: ApiKey, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return api_keys.change(subject, now=now, reason=reason, **answers)


@staff_action
class Rotate(_AboutKey):
    slug, title, icon = "rotate", "Replace it", "autorenew"
    form, activity_type = ActionForm, "api_key.rotated"
    warning = "The key goes on working for a day beside the new one, then no longer."

    def perform(self, subject: ApiKey, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        following, secret = api_keys.rotate(subject, now=now, reason=reason)
        _made.set(secret)
        return following

    def result(self, subject: ApiKey) -> str:
        return _shown_once()


@staff_action
class Revoke(_AboutKey):
    slug, title, icon = "revoke", "End it now", "block"
    form, activity_type = ActionForm, "api_key.revoked"
    warning = "Whoever uses it is refused within seconds."

    def perform(self, subject: ApiKey, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return api_keys.revoke(subject, now=now, reason=reason)
