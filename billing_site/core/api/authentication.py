"""Authorization: Bearer <key>. Keys are stored hashed; what they may do is decided by scope, resource by resource."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from billing_site.core import activity, api_keys
from billing_site.core.models import ApiKey

# A key found is believed for this long, so that intake does not ask the database for each request.
CACHE_SECONDS = 5.0
USED_AT_STEP = timedelta(minutes=1)
_cache: dict[str, tuple[float, ApiKey]] = {}
_guard = threading.Lock()


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        """
        Return the key of the request as `request.auth`.

        :raises AuthenticationFailed: if there is none, or it is unknown, expired or revoked
        """
        key = find(request.headers.get("Authorization", ""), now=timezone.now())
        activity.set_actor(activity.Actor("api_key", str(key.lago_id), str(key)))
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that makes a refusal a 401."""
        return "Bearer"


class KeyMayDoThis(BasePermission):
    """A view names its `resource`; reading needs "read", everything else "write"."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Test if the key's scopes cover this; deny by default for what a scoped key does not name."""
        need = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
        need = getattr(view, "needs", need)
        resource = view.resource
        key: Any = request.auth
        if not api_keys.may(key, resource, need):
            raise PermissionDenied(f"{need}_action_not_allowed_for_{resource}")
        return True


def find(header: str, *, now: datetime) -> ApiKey:
    """
    Return the key that an Authorization header names.

    :raises AuthenticationFailed: if there is none, or it is unknown, expired or revoked
    """
    secret = (header.split() + ["", ""])[1]
    hashed = api_keys.hash_key(secret)
    kept = _cache.get(hashed)
    if kept and time.monotonic() - kept[0] < CACHE_SECONDS and not _expired(kept[1], now):
        return kept[1]
    key = ApiKey.objects.filter(hashed_key=hashed, revoked_at=None).first() if secret else None
    if key is None or _expired(key, now):
        raise AuthenticationFailed
    if key.last_used_at is None or abs(now - key.last_used_at) > USED_AT_STEP:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_AT_STEP)
        ApiKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)
    with _guard:
        if len(_cache) > 1000:
            _cache.clear()
        _cache[hashed] = (time.monotonic(), key)
    return key


def forget_keys() -> None:
    """Empty the cache of this process (a key was changed, or the database is another one)."""
    _cache.clear()


def _expired(key: ApiKey, now: datetime) -> bool:
    return key.expires_at is not None and key.expires_at <= now
