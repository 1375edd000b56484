"""
The outbox of mails: queued in the business transaction or by a reaction, sent by a worker, at least once.

A mail that was handed over but not acknowledged is sent again with the same Message-ID, so receivers can drop it.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction

from billing_site.core import activity, dispatch
from billing_site.core.models import Email

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=2)
CLAIM_SIZE = 20
LONGEST_SENDER_NAME = 48  # written in ASCII, a name takes up to six times as many characters


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to be queued. `attachments` are {"name", "path" in the default storage, "type"}."""

    recipients: list[str]
    subject: str
    text: str
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    attachments: list[dict[str, str]] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    blind_copies: list[str] = field(default_factory=list)


def queue(message: Message, *, key: str, about: models.Model | None = None, now: datetime) -> Email:
    """Put a mail into the outbox, once for each `key`; a repeated call returns the first one."""
    email, created = Email.objects.get_or_create(
        key=key,
        defaults={
            "created_at": now,
            "updated_at": now,
            "next_attempt_at": now,
            "customer_id": activity.customer_of(about) if about else None,
            "subject_type": about._meta.label_lower if about else "",
            "subject_id": about.pk if about else None,
            "sender": formataddr((_one_line(message.sender_name)[:LONGEST_SENDER_NAME], settings.DEFAULT_FROM_EMAIL)),
            "reply_to": message.reply_to,
            "recipients": message.recipients,
            "copies": message.copies,
            "blind_copies": message.blind_copies,
            "subject": _one_line(message.subject)[:500],
            "text": message.text,
            "html": message.html,
            "attachments": message.attachments,
        },
    )
    if created:
        dispatch.wake_on_commit()
    return email


def send_due(*, now: datetime, limit: int = 1_000) -> int:
    """Send waiting mails, oldest first, and return how many were tried."""
    tried = 0
    while tried < limit:
        claimed = _claim(now)
        if not claimed:
            break
        for email in claimed:
            _send(email, now)
        tried += len(claimed)
    return tried


def resend(email: Email, *, key: str, now: datetime) -> Email:
    """Queue the same mail once more, as a message of its own."""
    copy = Email.objects.get(pk=email.pk)
    copy.pk, copy.lago_id, copy.key, copy.state = None, uuid.uuid4(), key, Email.State.PENDING
    copy.created_at = copy.updated_at = copy.next_attempt_at = now
    copy.attempts, copy.sent_at, copy.last_error, copy.lease_token = 0, None, "", None
    copy.save(force_insert=True)
    dispatch.wake_on_commit()
    return copy


def retry(email: Email, *, now: datetime) -> None:
    """Have a mail that failed tried again at once."""
    Email.objects.filter(pk=email.pk).exclude(state=Email.State.SENT).update(
        state=Email.State.PENDING, attempts=0, next_attempt_at=now, lease_token=None, updated_at=now
    )
    dispatch.wake_on_commit()


def _claim(now: datetime) -> list[Email]:
    token = uuid.uuid4()
    with transaction.atomic():
        claimed = list(
            Email.objects.filter(state=Email.State.PENDING, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .select_for_update(skip_locked=True)[:CLAIM_SIZE]
        )
        for email in claimed:
            email.lease_token, email.attempts, email.next_attempt_at = token, email.attempts + 1, now + LEASE
        Email.objects.bulk_update(claimed, ["lease_token", "attempts", "next_attempt_at"])
    return claimed


def _send(email: Email, now: datetime) -> None:
    outcome: dict[str, Any] = {"state": Email.State.SENT, "sent_at": now, "last_error": "", "lease_token": None}
    try:
        _compose(email).send()
    except Exception as error:  # noqa: BLE001 - whatever the server or a file did: noted, retried, then shown to staff
        log.warning("mail %s failed: %s", email.lago_id, error)
        gives_up = now - email.created_at > GIVE_UP_AFTER
        outcome = {
            "state": Email.State.PARKED if gives_up else Email.State.PENDING,
            "last_error": f"{type(error).__name__}: {error}"[:2000],
            "next_attempt_at": now + timedelta(seconds=min(60 * 2**email.attempts, 4 * 3600)),
        }
    Email.objects.filter(pk=email.pk, lease_token=email.lease_token).update(updated_at=now, **outcome)


def _compose(email: Email) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        from_email=email.sender,
        to=email.recipients,
        cc=email.copies,
        bcc=email.blind_copies,
        reply_to=[email.reply_to] if email.reply_to else None,
        headers={"Message-ID": f"<{email.lago_id}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>"},
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    for attachment in email.attachments:
        with default_storage.open(attachment["path"]) as file:
            message.attach(attachment["name"], file.read(), attachment["type"])
    return message


def _one_line(text: str) -> str:
    """Return the text without line breaks, which would begin a new header."""
    return " ".join(text.split())
