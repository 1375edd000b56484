"""
Requests that may be repeated: the same Idempotency-Key brings the same answer, and the effect once (as Stripe has it).

The answer is kept in the transaction of the effect itself: both are there, or neither. It is kept for a day, encrypted,
since an answer may hold a secret. A refused request has no effect and is not kept: it may be mended and sent again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from billing_site.core import encryption
from billing_site.core.errors import BillingError, Conflict
from billing_site.core.models import ApiKey, KeptAnswer

KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 255


class InUse(Conflict):
    code = "idempotency_key_in_use"


class Reused(BillingError):
    code = "idempotency_key_reused"


class NotAName(BillingError):
    code = "idempotency_key_invalid"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, body, and the body's type."""

    status: int
    body: str
    content_type: str


def fingerprint(*parts: bytes) -> str:
    """Return what tells one request from another: SHA-256 over its parts."""
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def claim(key: ApiKey, name: str, request: str, *, now: datetime) -> Answer | None:
    """
    Return the answer that this request had before; if there is none, nobody else can do it until the caller's commit.

    :raises NotAName: if the name is empty, too long, or not of printable ASCII
    :raises InUse: (409) if a request of this name is under way
    :raises Reused: if the name belongs to another request
    """
    if not 0 < len(name) <= LONGEST_NAME or not (name.isascii() and name.isprintable()):
        raise NotAName("An Idempotency-Key has 1 to 255 printable characters.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{key.pk}:{name}"])
        if not cursor.fetchone()[0]:
            raise InUse("A request with this Idempotency-Key is under way.")
    kept = KeptAnswer.objects.filter(api_key=key, name=name).first()
    if kept is None:
        return None
    if kept.created_at <= now - KEPT_FOR:
        kept.delete()
        return None
    if kept.request != request:
        raise Reused("This Idempotency-Key belongs to a request with another address or body.")
    return Answer(kept.status, encryption.decrypt(kept.body), kept.content_type)


def keep(key: ApiKey, name: str, request: str, answer: Answer, *, now: datetime) -> None:
    """Keep an answer, in the transaction that `claim` began."""
    KeptAnswer.objects.create(
        api_key=key,
        name=name,
        request=request,
        status=answer.status,
        body=encryption.encrypt(answer.body),
        content_type=answer.content_type,
        created_at=now,
    )


def prune(*, now: datetime) -> int:
    """Delete what is older than a day, and return how many."""
    return int(KeptAnswer.objects.filter(created_at__lte=now - KEPT_FOR).delete()[0])
