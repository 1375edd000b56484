"""Keys of the API: made here, shown once, stored as SHA-256 (a key has 256 random bits, so a plain hash is enough)."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, refuse
from billing_site.core.models import ApiKey

PREFIX = "ch_"
# How long a key goes on working after another took its place.
OVERLAP = timedelta(days=1)
# What a key may be given rights to (the resources of Lago that this API has, and some of its own).
RESOURCES = (
    "activity_log", "add_on", "alert", "analytic", "api_log", "applied_coupon", "billable_metric", "billing_entity",
    "charge", "coupon", "credit_note", "customer", "customer_usage", "deal", "entitlement", "event", "feature", "fee",
    "fixed_charge", "invoice", "invoice_custom_section", "late_usage", "lifetime_usage", "organization", "payment",
    "payment_method", "payment_receipt", "payment_request", "plan", "pricing_unit", "subscription", "tax", "wallet",
    "wallet_transaction", "webhook_endpoint", "webhook_jwt_public_key",
)  # fmt: skip
NEEDS = ("read", "write")


class NotLive(NotAllowed):
    code = "api_key_not_live"


def hash_key(secret: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create(
    *,
    name: str,
    now: datetime,
    scopes: Mapping[str, Sequence[str]] | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
    reason: str = "",
) -> tuple[ApiKey, str]:
    """
    Make a key and return its row with the key itself, which cannot be read again.

    :raises Invalid: if its rights name no resource, or neither reading nor writing
    """
    _check(scopes)
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        hashed_key=hash_key(secret),
        last_four=secret[-4:],
        scopes=scopes,
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
        created_at=now,
        updated_at=now,
    )
    key.save(force_insert=True)
    activity.record("api_key.created", key, now=now, reason=reason)
    return key, secret


@transaction.atomic
def change(
    key: ApiKey,
    *,
    scopes: Mapping[str, Sequence[str]] | None,
    requests_per_minute: int | None,
    now: datetime,
    reason: str = "",
) -> ApiKey:
    """
    Change what a key may do, and how often; it holds within seconds.

    :raises Invalid: if its rights name no resource, or neither reading nor writing
    """
    _check(scopes)
    key = ApiKey.objects.lock(key.pk)
    before = activity.snapshot(key, ("scopes", "requests_per_minute"))
    key.scopes, key.requests_per_minute, key.updated_at = scopes, requests_per_minute, now
    key.save(update_fields=["scopes", "requests_per_minute", "updated_at"])
    activity.record("api_key.updated", key, now=now, changes=activity.differences(before, key), reason=reason)
    return key


@transaction.atomic
def rotate(key: ApiKey, *, now: datetime, overlap: timedelta = OVERLAP, reason: str = "") -> tuple[ApiKey, str]:
    """
    Make another key with the same rights, and let this one go on for a while, so that users can change over.

    :raises NotLive: if it has ended
    """
    key = ApiKey.objects.lock(key.pk)
    ends_at = now + overlap
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise NotLive("This key has ended.")
    following, secret = create(
        name=key.name,
        now=now,
        scopes=key.scopes,
        expires_at=key.expires_at,
        requests_per_minute=key.requests_per_minute,
    )
    key.expires_at, key.updated_at = min(ends_at, key.expires_at or ends_at), now
    key.save(update_fields=["expires_at", "updated_at"])
    activity.record("api_key.rotated", key, now=now, details={"followed_by": following.last_four}, reason=reason)
    return following, secret


@transaction.atomic
def revoke(key: ApiKey, *, now: datetime, reason: str = "") -> ApiKey:
    """End a key; it is refused within seconds."""
    key = ApiKey.objects.lock(key.pk)
    if key.revoked_at is None:
        key.revoked_at = key.updated_at = now
        key.save(update_fields=["revoked_at", "updated_at"])
        activity.record("api_key.revoked", key, now=now, reason=reason)
    return key


def _check(scopes: Mapping[str, Sequence[str]] | None) -> None:
    rights = scopes or {}
    refuse(
        {
            ("scopes", "unknown_resource"): not set(RESOURCES).issuperset(rights),
            ("scopes", "unknown_right"): any(not set(NEEDS).issuperset(given) for given in rights.values()),
        }
    )


def may(key: ApiKey, resource: str, need: str) -> bool:
    """Test if the key covers "read" or "write" of a resource; no scopes at all means every right."""
    if key.scopes is None:
        return True
    return need in key.scopes.get(resource, [])
