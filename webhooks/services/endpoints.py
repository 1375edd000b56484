"""Endpoints: made, changed, let go on, taken away."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing_site.core import activity, dispatch, encryption
from billing_site.core.errors import NotAllowed, invalid
from billing_site.core.models import Organization
from webhooks import catalogue
from webhooks.calculations import addresses, signatures
from webhooks.models import WebhookEndpoint
from webhooks.providers import http

MOST_ENDPOINTS = 10
SECRET_BYTES = 32
# How long the secret before the last one signs too, so that receivers can change theirs without losing anything.
OVERLAP = timedelta(days=1)
EVERYTHING = "*"
TERMS = ("webhook_url", "name", "signature_algo", "event_types")


class NotParked(NotAllowed):
    code = "webhook_endpoint_not_parked"


@transaction.atomic
def create(*, now: datetime, **terms: Any) -> tuple[WebhookEndpoint, str]:
    """
    Make an endpoint and return it with its secret, which the API shows this once; staff can see it later.

    :raises Invalid: if there are ten, or the address is taken or not one that may be called
    """
    Organization.objects.select_for_update().get()  # one at a time, so that ten are ten
    live = WebhookEndpoint.objects.live()
    if live.count() >= MOST_ENDPOINTS:
        raise invalid("base", "exceeded_limit", f"There can be {MOST_ENDPOINTS} endpoints.")
    secret = signatures.secret_text(secrets.token_bytes(SECRET_BYTES))
    endpoint = WebhookEndpoint(secret=encryption.encrypt(secret), created_at=now, updated_at=now)
    _set(endpoint, terms)
    endpoint.save(force_insert=True)
    dispatch.forget_wanted()
    activity.record("webhook_endpoint.created", endpoint, now=now)
    return endpoint, secret


@transaction.atomic
def update(endpoint: WebhookEndpoint, *, now: datetime, **terms: Any) -> WebhookEndpoint:
    """
    Change an endpoint.

    :raises Invalid: if the address is taken or not one that may be called
    """
    endpoint = WebhookEndpoint.objects.lock(endpoint.pk)
    before = activity.snapshot(endpoint, TERMS)
    _set(endpoint, terms)
    endpoint.updated_at = now
    endpoint.save(update_fields=[*TERMS, "updated_at"])
    dispatch.forget_wanted()
    activity.record("webhook_endpoint.updated", endpoint, now=now, changes=activity.differences(before, endpoint))
    return endpoint


@transaction.atomic
def delete(endpoint: WebhookEndpoint, *, now: datetime, reason: str = "") -> WebhookEndpoint:
    """Take an endpoint away; what still waits for it is given up."""
    endpoint = WebhookEndpoint.objects.lock(endpoint.pk)
    if endpoint.deleted_at is None:
        endpoint.deleted_at = endpoint.updated_at = now
        endpoint.save(update_fields=["deleted_at", "updated_at"])
        endpoint.deliveries.filter(state="pending").update(
            state="parked", last_error="The endpoint was taken away.", lease_token=None, updated_at=now
        )
        dispatch.forget_wanted()
        activity.record("webhook_endpoint.deleted", endpoint, now=now, reason=reason)
    return endpoint


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime, reason: str = "") -> str:
    """Give an endpoint a new secret and return it; the one before signs besides it for a day (Standard Webhooks)."""
    endpoint = WebhookEndpoint.objects.lock(endpoint.pk)
    secret = signatures.secret_text(secrets.token_bytes(SECRET_BYTES))
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + OVERLAP
    endpoint.secret, endpoint.updated_at = encryption.encrypt(secret), now
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until", "updated_at"])
    activity.record("webhook_endpoint.secret_rotated", endpoint, now=now, reason=reason)
    return secret


def note_secret_shown(endpoint: WebhookEndpoint, *, now: datetime, reason: str = "") -> None:
    """Keep in the history who had the secret shown."""
    activity.record("webhook_endpoint.secret_shown", endpoint, now=now, reason=reason)


@transaction.atomic
def resume(endpoint: WebhookEndpoint, *, now: datetime, reason: str = "") -> WebhookEndpoint:
    """
    Let a parked endpoint go on: what waited for it is sent, oldest first.

    :raises NotParked: if it is not parked
    """
    endpoint = WebhookEndpoint.objects.lock(endpoint.pk)
    if endpoint.state != WebhookEndpoint.State.PARKED:
        raise NotParked("This endpoint is not parked.")
    endpoint.state, endpoint.failures, endpoint.failing_since = WebhookEndpoint.State.ACTIVE, 0, None
    endpoint.quiet_until, endpoint.updated_at = None, now
    endpoint.save(update_fields=["state", "failures", "failing_since", "quiet_until", "updated_at"])
    endpoint.deliveries.filter(state="pending").update(asked_at=now, next_attempt_at=now)
    activity.record("webhook_endpoint.resumed", endpoint, now=now, reason=reason)
    return endpoint


def _set(endpoint: WebhookEndpoint, terms: dict[str, Any]) -> None:
    for name, value in terms.items():
        setattr(endpoint, name, value)
    endpoint.event_types = _checked_types(endpoint.event_types)
    try:
        addresses.check_url(endpoint.webhook_url, http.allowed_networks())
    except addresses.Refused as error:
        raise invalid("webhook_url", "url_is_invalid", f"This address is not called: {error}.") from error
    others = WebhookEndpoint.objects.live().exclude(pk=endpoint.pk)
    if others.filter(webhook_url=endpoint.webhook_url).exists():
        raise invalid("webhook_url", "value_already_exist", "There is an endpoint with this address.")


def _checked_types(types: Sequence[str] | None) -> list[str] | None:
    """Return the types once each; null for all of them (Lago takes "*" for that too)."""
    if types is None or EVERYTHING in types:
        return None
    if not types or not catalogue.KNOWN_TYPES.issuperset(types):
        raise invalid("event_types", "value_is_invalid")
    return list(dict.fromkeys(types))
