"""Keys of the API: made here, shown once, stored as SHA-256 (a key has 256 random bits, so a plain hash is enough)."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.models import ApiKey

PREFIX = "ch_"


def hash_key(secret: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create(*, name: str, now: datetime, scopes: Any = None, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Make a key and return its row with the key itself, which cannot be read again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        hashed_key=hash_key(secret),
        last_four=secret[-4:],
        scopes=scopes,
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    key.save(force_insert=True)
    activity.record("api_key.created", key, now=now)
    return key, secret


@transaction.atomic
def revoke(key: ApiKey, *, now: datetime) -> ApiKey:
    """End a key; it is refused within seconds."""
    key = ApiKey.objects.lock(key.pk)
    if key.revoked_at is None:
        key.revoked_at = key.updated_at = now
        key.save(update_fields=["revoked_at", "updated_at"])
        activity.record("api_key.revoked", key, now=now)
    return key


def may(key: ApiKey, resource: str, need: str) -> bool:
    """Test if the key covers "read" or "write" of a resource; no scopes at all means every right."""
    if key.scopes is None:
        return True
    return need in key.scopes.get(resource, [])
