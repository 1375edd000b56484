"""Receipts as PDFs, rendered when first needed, and by mail."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string

from billing_site.core import activity, localized, mail, rehearsal
from billing_site.core.errors import invalid
from billing_site.core.models import Email
from invoicing.documents import parties, pdf
from invoicing.documents.languages import words_for
from invoicing.documents.receipts import first_invoice, paid_day, receipt_page
from invoicing.models import PaymentReceipt
from invoicing.selectors import payments
from invoicing.services.documents import PDF

CREATED = "payment_receipt.created"  # the word in a billing entity's `email_settings`


def provide(receipt: PaymentReceipt, *, now: datetime) -> PaymentReceipt:
    """Return the receipt with its stored PDF, which is made outside of any transaction if there is none yet."""
    receipt = payments.whole_receipt(receipt.pk)
    if receipt.path:
        return receipt
    content = pdf.render_receipt(receipt_page(receipt))
    path = default_storage.save(f"receipts/{now:%Y/%m}/{receipt.lago_id}.pdf", ContentFile(content))
    with transaction.atomic():
        locked = PaymentReceipt.objects.lock(receipt.pk)
        if not locked.path:
            locked.path, locked.sha256, locked.updated_at = path, hashlib.sha256(content).hexdigest(), now
            locked.save(update_fields=["path", "sha256", "updated_at"])
            activity.record("payment_receipt.generated", locked, now=now)
    if locked.path != path:
        default_storage.delete(path)
    receipt.path, receipt.sha256 = locked.path, locked.sha256
    return receipt


def filename(receipt: PaymentReceipt) -> str:
    """Return what the file is called when it is mailed or saved."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', receipt.number)}.pdf"


def send(receipt: PaymentReceipt, *, now: datetime) -> Email | None:
    """Mail a new receipt, once; None where the billing entity mails none, or there is no address."""
    entity, recipients = receipt.payment.invoice.billing_entity, receipt.payment.customer.emails
    if CREATED not in entity.email_settings or not recipients or rehearsal.is_rehearsal():
        return None
    return mail.queue(
        _message(provide(receipt, now=now), recipients), key=f"{CREATED}:{receipt.pk}", about=receipt, now=now
    )


def resend(
    receipt: PaymentReceipt,
    *,
    now: datetime,
    to: Sequence[str] | None = None,
    copies: Sequence[str] | None = None,
    blind_copies: Sequence[str] | None = None,
) -> Email:
    """
    Mail a receipt once more, to the customer unless other addresses are named.

    :raises Invalid: (422) `to` if there is no address at all
    """
    recipients = list(to or receipt.payment.customer.emails)
    if not recipients:
        raise invalid("to", "value_is_mandatory", "The customer has no e-mail address, and none was given.")
    message = _message(provide(receipt, now=now), recipients, list(copies or ()), list(blind_copies or ()))
    with transaction.atomic():
        told = activity.record("payment_receipt.mailed_again", receipt, now=now, details={"to": recipients})
        return mail.queue(message, key=f"payment_receipt.mailed_again:{told.lago_id}", about=receipt, now=now)


def _message(
    receipt: PaymentReceipt,
    recipients: list[str],
    copies: list[str] | None = None,
    blind_copies: list[str] | None = None,
) -> mail.Message:
    payment = receipt.payment
    invoice = first_invoice(payment)
    words, locale = words_for(invoice.locale)
    seller = invoice.seller or parties.seller(invoice.billing_entity)
    name = seller["legal_name"] or seller["name"]
    amount = localized.amount(payment.amount_cents, payment.currency, locale)
    texts = {
        "words": words,
        "language": localized.locale(locale).language,
        "greeting": words.mail_greeting.format(buyer=payment.customer.display_name),
        "attached": words.mail_receipt_attached.format(amount=amount, day=paid_day(payment, invoice, locale)),
        "seller": name,
    }
    return mail.Message(
        recipients=recipients,
        copies=copies or [],
        blind_copies=blind_copies or [],
        subject=words.mail_receipt_subject.format(number=receipt.number, seller=name),
        text=render_to_string("emails/invoice.txt", texts).strip() + "\n",
        html=render_to_string("emails/invoice.html", texts),
        sender_name=name,
        reply_to=seller["email"],
        attachments=[{"name": filename(receipt), "path": receipt.path, "type": PDF}],
    )
