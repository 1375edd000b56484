"""The mail that brings a customer the link to its portal."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from billing_site.core import activity, localized, mail, rehearsal
from billing_site.core.errors import invalid
from billing_site.core.models import Email
from billing_site.portal.visits import visit_of
from customers.models import Customer
from customers.selectors import portal_links


@transaction.atomic
def send_link(customer: Customer, *, now: datetime) -> Email | None:
    """
    Mail a customer a link to its portal; nothing is mailed in a rehearsal.

    :raises Invalid: if it has no address
    """
    if not customer.emails:
        raise invalid("email", "value_is_mandatory", "The customer has no e-mail address.")
    told = activity.record("customer.portal_link_sent", customer, now=now, details={"to": customer.emails})
    if rehearsal.is_rehearsal():
        return None
    return mail.queue(_message(customer, now), key=f"portal_link:{told.lago_id}", about=customer, now=now)


def _message(customer: Customer, now: datetime) -> mail.Message:
    visit, entity = visit_of(customer, now=now), customer.billing_entity
    words, seller = visit.words, entity.legal_name or entity.name
    texts = {
        "words": words,
        "language": localized.locale(visit.locale).language,
        "greeting": words.mail_greeting.format(buyer=customer.display_name),
        "told": words.mail_link.format(hours=settings.PORTAL_LINK_HOURS),
        "address": portal_links.address(customer, now=now),
        "seller": seller,
    }
    return mail.Message(
        recipients=customer.emails,
        subject=words.mail_subject.format(seller=seller),
        text=render_to_string("emails/portal_link.txt", texts).strip() + "\n",
        html=render_to_string("emails/portal_link.html", texts),
        sender_name=seller,
        reply_to=entity.email,
    )
