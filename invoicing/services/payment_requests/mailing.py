"""The mail that asks for overdue invoices."""

from datetime import datetime

from django.template.loader import render_to_string

from billing_site.core import localized, mail, rehearsal
from billing_site.core.models import Email
from customers.selectors import preferences
from invoicing.documents import parties
from invoicing.documents.languages import words_for
from invoicing.models import PaymentRequest


def send(request: PaymentRequest, *, now: datetime) -> Email | None:
    """Mail a request, once; None where there is no address."""
    recipients = request.recipients
    if not recipients or rehearsal.is_rehearsal():
        return None
    return mail.queue(_message(request, recipients), key=f"payment_request:{request.pk}", about=request, now=now)


def _message(request: PaymentRequest, recipients: list[str]) -> mail.Message:
    customer, seller = request.customer, parties.seller(request.billing_entity)
    words, locale = words_for(preferences.terms(customer, request.billing_entity).locale)
    name = seller["legal_name"] or seller["name"]
    lines = [
        words.mail_overdue_line.format(
            number=item.invoice.number,
            amount=localized.amount(item.amount_cents, request.currency, locale),
            day=localized.day(item.invoice.payment_due_date, locale),
        )
        for item in request.items.select_related("invoice").order_by("pk")
    ]
    texts = {
        "words": words,
        "language": localized.locale(locale).language,
        "greeting": words.mail_greeting.format(buyer=customer.display_name),
        "asked": words.mail_overdue.format(amount=localized.amount(request.amount_cents, request.currency, locale)),
        "lines": lines,
        "seller": name,
        "payment_instructions": seller["payment_instructions"],
    }
    return mail.Message(
        recipients=recipients,
        blind_copies=list(request.dunning_campaign.bcc_emails) if request.dunning_campaign else [],
        subject=words.mail_overdue_subject.format(seller=name),
        text=render_to_string("emails/payment_request.txt", texts).strip() + "\n",
        html=render_to_string("emails/payment_request.html", texts),
        sender_name=name,
        reply_to=seller["email"],
    )
