"""What becomes of a credit note: its balance is made void, its refund is noted, facts are kept with it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, NotFound, invalid
from customers.models import Customer
from invoicing.models import CreditNote

MAX_KEYS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 50, 100, 255
Metadata = Mapping[str, str | None]


class NothingToVoid(NotAllowed):
    code = "no_voidable_amount"


@transaction.atomic
def void(note: CreditNote, *, now: datetime, reason: str = "") -> CreditNote:
    """
    Take back what is left of the balance; what it has paid stays paid.

    :raises NothingToVoid: (405) if nothing is left
    """
    note = _lock(note)
    if not note.balance_amount_cents:
        raise NothingToVoid("Nothing is left of this credit note.")
    lost, note.balance_amount_cents = note.balance_amount_cents, 0
    note.credit_status, note.voided_at, note.updated_at = CreditNote.CreditStatus.VOIDED, now, now
    note.save(update_fields=["balance_amount_cents", "credit_status", "voided_at", "updated_at"])
    activity.record("credit_note.voided", note, now=now, details={"voided_amount_cents": lost}, reason=reason)
    return note


@transaction.atomic
def set_refund_status(note: CreditNote, *, status: str, now: datetime) -> CreditNote:
    """
    Note what has become of the refund.

    :raises Invalid: if the note refunds nothing, or there is no such status
    """
    note = _lock(note)
    if status not in CreditNote.RefundStatus.values or not note.refund_amount_cents:
        raise invalid("refund_status", "value_is_invalid")
    before = activity.snapshot(note, ("refund_status",))
    note.refund_status, note.updated_at = status, now
    note.refunded_at = now if status == CreditNote.RefundStatus.SUCCEEDED else None
    note.save(update_fields=["refund_status", "refunded_at", "updated_at"])
    activity.record("credit_note.updated", note, now=now, changes=activity.differences(before, note))
    return note


@transaction.atomic
def keep_metadata(note: CreditNote, metadata: Metadata, *, now: datetime, merge: bool = False) -> CreditNote:
    """
    Keep facts with a note, beside those that are there or instead of them.

    :raises Invalid: if it is too much
    """
    note = _lock(note)
    return _store(note, {**(note.metadata or {}), **metadata} if merge else metadata, now)


@transaction.atomic
def forget_metadata(note: CreditNote, *, now: datetime, key: str | None = None) -> CreditNote:
    """
    Forget all facts, or one.

    :raises NotFound: if there is no such key
    """
    note = _lock(note)
    if key is None:
        return _store(note, None, now)
    present = note.metadata or {}
    if key not in present:
        raise NotFound("metadata")
    return _store(note, {name: value for name, value in present.items() if name != key}, now)


def check_metadata(metadata: Metadata) -> None:
    """
    Refuse too many or too long facts.

    :raises Invalid: with the reason
    """
    if len(metadata) > MAX_KEYS:
        raise invalid("metadata", "too_many_keys")
    if any(not key or len(key) > MAX_KEY_LENGTH for key in metadata):
        raise invalid("metadata", "key_too_long")
    if any(value is not None and len(value) > MAX_VALUE_LENGTH for value in metadata.values()):
        raise invalid("metadata", "value_too_long")


def _store(note: CreditNote, metadata: Metadata | None, now: datetime) -> CreditNote:
    check_metadata(metadata or {})
    before = activity.snapshot(note, ("metadata",))
    note.metadata, note.updated_at = metadata, now
    note.save(update_fields=["metadata", "updated_at"])
    activity.record("credit_note.updated", note, now=now, changes=activity.differences(before, note))
    return note


def _lock(note: CreditNote) -> CreditNote:
    Customer.objects.lock(note.customer_id)
    locked: CreditNote = CreditNote.objects.select_related("invoice", "customer").lock(note.pk)
    return locked
