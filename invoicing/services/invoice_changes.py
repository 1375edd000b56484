"""What is noted of an invoice from outside: whether it is paid, lost disputes, and facts that integrators keep."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, invalid
from customers.models import Customer
from invoicing.models import Invoice, InvoiceMetadata
from invoicing.services.payments import statuses

MAX_FACTS = 5


class OnDraft(NotAllowed):
    code = "metadata_on_draft_invoice"


class OnVoided(NotAllowed):
    code = "update_on_voided_invoice"


class NotDisputable(NotAllowed):
    code = "not_disputable"


@transaction.atomic
def update(
    invoice: Invoice, *, now: datetime, payment_status: str | None = None, metadata: Sequence[Mapping[str, Any]] | None
) -> Invoice:
    """
    Note the payment status, and the facts kept with the invoice: those with an id change, those not named go.

    The status is a word from outside: what has been paid is what payments say.

    :raises NotAllowed: (405) if it is a draft or void
    :raises Invalid: if the facts are too many or name one that is not there, or what is paid is said not to be
    """
    invoice = lock(invoice)
    if invoice.status == Invoice.Status.VOIDED:
        raise OnVoided("A void invoice is not changed.")
    if invoice.status != Invoice.Status.FINALIZED:
        code = "metadata_on_draft_invoice" if payment_status is None else "payment_status_update_on_draft_invoice"
        raise OnDraft("A draft is not changed.", code=code)
    if metadata is not None:
        _keep(invoice, metadata, now)
    if payment_status is not None:
        statuses.say(invoice, payment_status, now=now)
    return invoice


@transaction.atomic
def lose_dispute(
    invoice: Invoice, *, now: datetime, reason: str = "", provider_error: Mapping[str, str] | None = None
) -> Invoice:
    """
    Note that the payment was lost in a dispute: the invoice is no longer overdue, and never will be.

    `provider_error` is what the provider says of it.

    :raises NotDisputable: (405) if it is neither final nor void
    """
    invoice = lock(invoice)
    if invoice.status not in (Invoice.Status.FINALIZED, Invoice.Status.VOIDED):
        raise NotDisputable("Only a final invoice can be disputed.")
    if invoice.payment_dispute_lost_at is None:
        invoice.payment_dispute_lost_at, invoice.payment_overdue, invoice.updated_at = now, False, now
        invoice.save(update_fields=["payment_dispute_lost_at", "payment_overdue", "updated_at"])
        activity.record("invoice.payment_dispute_lost", invoice, now=now, reason=reason, details=provider_error)
    return invoice


def lock(invoice: Invoice) -> Invoice:
    """Return the invoice locked after its customer."""
    Customer.objects.lock(invoice.customer_id)
    locked: Invoice = Invoice.objects.lock(invoice.pk)
    return locked


def _keep(invoice: Invoice, facts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if len(facts) > MAX_FACTS:
        raise invalid("metadata", "invalid_count")
    if len({fact["key"] for fact in facts}) < len(facts):
        raise invalid("metadata", "value_already_exist")
    present = {row.lago_id: row for row in invoice.metadata.all()}
    if any(fact.get("id") and fact["id"] not in present for fact in facts):
        raise invalid("metadata", "value_is_invalid")
    created = {fact["id"]: present[fact["id"]].created_at for fact in facts if fact.get("id")}
    before = {row.key: row.value for row in present.values()}
    invoice.metadata.all().delete()
    InvoiceMetadata.objects.bulk_create(
        InvoiceMetadata(
            **({"lago_id": fact["id"]} if fact.get("id") else {}),
            invoice=invoice,
            key=fact["key"],
            value=fact["value"],
            created_at=created.get(fact.get("id"), now),
            updated_at=now,
        )
        for fact in facts
    )
    after = {fact["key"]: fact["value"] for fact in facts}
    if before != after:
        activity.record("invoice.updated", invoice, now=now, changes={"metadata": (before, after)})
