"""Invoices by mail: queued with the PDF attached, sent by the outbox of core."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string

from billing_site.core import activity, localized, mail, rehearsal
from billing_site.core.errors import invalid
from billing_site.core.models import Email
from invoicing.documents.languages import words_for
from invoicing.models import Invoice, InvoiceDocument
from invoicing.services import documents

FINALIZED = "invoice.finalized"  # the word in a billing entity's `email_settings`


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
    document: InvoiceDocument,
    recipients: list[str],
    copies: list[str] | None = None,
    blind_copies: list[str] | None = None,
) -> mail.Message:
    words, locale = words_for(invoice.locale)
    seller = invoice.seller["legal_name"] or invoice.seller["name"]
    texts = {
        "words": words,
        "language": localized.locale(locale).language,
        "greeting": words.mail_greeting.format(buyer=invoice.buyer["name"]),
        "attached": _attached(invoice),
        "seller": seller,
        "payment_instructions": invoice.seller["payment_instructions"] if invoice.total_amount_cents else "",
    }
    return mail.Message(
        recipients=recipients,
        copies=copies or [],
        blind_copies=blind_copies or [],
        subject=words.mail_subject.format(number=invoice.number, seller=seller),
        text=render_to_string("emails/invoice.txt", texts).strip() + "\n",
        html=render_to_string("emails/invoice.html", texts),
        sender_name=seller,
        reply_to=invoice.seller["email"],
        attachments=[{"name": documents.filename(invoice), "path": document.path, "type": documents.PDF}],
    )


def _attached(invoice: Invoice) -> str:
    words, locale = words_for(invoice.locale)
    if not invoice.total_amount_cents:
        return words.mail_nothing_due.format(number=invoice.number)
    amount = localized.amount(invoice.total_amount_cents, invoice.currency, locale)
    day = localized.day(invoice.payment_due_date, locale)
    return words.mail_attached.format(number=invoice.number, amount=amount, day=day)
