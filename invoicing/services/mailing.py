"""Invoices and credit notes by mail: queued with the PDF attached, sent by the outbox of core."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string

from billing_site.core import activity, localized, mail, rehearsal
from billing_site.core.errors import invalid
from billing_site.core.models import Email
from invoicing.documents.languages import words_for
from invoicing.models import CreditNote, Invoice, StoredDocument
from invoicing.services import documents

# The words in a billing entity's `email_settings`.
FINALIZED, CREDITED = "invoice.finalized", "credit_note.created"


def send_finalized(invoice: Invoice, *, now: datetime) -> Email | None:
    """
    Mail an invoice that has become final, once; None where it is not to be mailed.

    As in Lago: the billing entity mails such documents, the customer has an address, and the fees are not zero. What
    is only rehearsed is not mailed.
    """
    wanted = FINALIZED in invoice.billing_entity.email_settings and invoice.fees_amount_cents
    recipients = invoice.customer.emails
    if not wanted or not recipients or invoice.status != Invoice.Status.FINALIZED or rehearsal.is_rehearsal():
        return None
    document = documents.provide(invoice, now=now)
    return mail.queue(_message(invoice, document, recipients), key=f"{FINALIZED}:{invoice.pk}", about=invoice, now=now)


def send_created(note: CreditNote, *, now: datetime) -> Email | None:
    """Mail a credit note that was made, once, where its billing entity mails such and the customer has an address."""
    invoice = note.invoice
    recipients = note.customer.emails
    if CREDITED not in invoice.billing_entity.email_settings or not recipients or rehearsal.is_rehearsal():
        return None
    document = documents.provide_note(note, now=now)
    words, locale = words_for(invoice.locale)
    amount = localized.amount(note.total_amount_cents, note.currency, locale)
    texts = _Texts(
        subject=words.mail_note_subject.format(number=note.number, seller=_seller(invoice)),
        attached=words.mail_note_attached.format(number=note.number, amount=amount, invoice=invoice.number),
    )
    message = _mail(invoice, texts, document, documents.filename(note), recipients)
    return mail.queue(message, key=f"{CREDITED}:{note.pk}", about=note, now=now)


def resend(
    invoice: Invoice,
    *,
    now: datetime,
    to: Sequence[str] | None = None,
    copies: Sequence[str] | None = None,
    blind_copies: Sequence[str] | None = None,
    reason: str = "",
) -> Email | None:
    """
    Mail a final invoice once more, to the customer unless other addresses are named; None where it is only rehearsed.

    :raises IsDraft: (405) if the invoice is not final
    :raises Invalid: (422) `to` if there is no address at all
    """
    recipients = list(to or invoice.customer.emails)
    if invoice.status in documents.FINAL and not recipients:
        raise invalid("to", "value_is_mandatory", "The customer has no e-mail address, and none was given.")
    if rehearsal.is_rehearsal():
        return None
    document = documents.provide(invoice, now=now)
    message = _message(invoice, document, recipients, list(copies or ()), list(blind_copies or ()))
    with transaction.atomic():
        told = activity.record("invoice.mailed_again", invoice, now=now, details={"to": recipients}, reason=reason)
        return mail.queue(message, key=f"invoice.mailed_again:{told.lago_id}", about=invoice, now=now)


def _message(
    invoice: Invoice,
    document: StoredDocument,
    recipients: list[str],
    copies: list[str] | None = None,
    blind_copies: list[str] | None = None,
) -> mail.Message:
    words, _ = words_for(invoice.locale)
    texts = _Texts(
        subject=words.mail_subject.format(number=invoice.number, seller=_seller(invoice)),
        attached=_attached(invoice),
        payment_instructions=invoice.seller["payment_instructions"] if invoice.total_amount_cents else "",
    )
    message = _mail(invoice, texts, document, documents.filename(invoice), recipients)
    return replace(message, copies=copies or [], blind_copies=blind_copies or [])


@dataclass(frozen=True, slots=True)
class _Texts:
    subject: str
    attached: str
    payment_instructions: str = ""


def _mail(
    invoice: Invoice, texts: _Texts, document: StoredDocument, filename: str, recipients: list[str]
) -> mail.Message:
    """Return a mail from an invoice's seller to its buyer, in their language, with a document."""
    words, locale = words_for(invoice.locale)
    seller = _seller(invoice)
    shown = {
        "words": words,
        "language": localized.locale(locale).language,
        "greeting": words.mail_greeting.format(buyer=invoice.buyer["name"]),
        "attached": texts.attached,
        "seller": seller,
        "payment_instructions": texts.payment_instructions,
    }
    return mail.Message(
        recipients=recipients,
        subject=texts.subject,
        text=render_to_string("emails/invoice.txt", shown).strip() + "\n",
        html=render_to_string("emails/invoice.html", shown),
        sender_name=seller,
        reply_to=invoice.seller["email"],
        attachments=[{"name": filename, "path": document.path, "type": documents.PDF}],
    )


def _seller(invoice: Invoice) -> str:
    return str(invoice.seller["legal_name"] or invoice.seller["name"])


def _attached(invoice: Invoice) -> str:
    words, locale = words_for(invoice.locale)
    if not invoice.total_amount_cents:
        return words.mail_nothing_due.format(number=invoice.number)
    amount = localized.amount(invoice.total_amount_cents, invoice.currency, locale)
    day = localized.day(invoice.payment_due_date, locale)
    return words.mail_attached.format(number=invoice.number, amount=amount, day=day)
