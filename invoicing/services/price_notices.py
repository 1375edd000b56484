"""The mails that tell customers of other prices, and of those that were called off."""

from datetime import datetime

from django.template.loader import render_to_string

from billing_site.core import localized, mail, rehearsal
from billing_site.core.models import Email
from billing_site.core.periods import local_date
from customers.selectors import preferences
from invoicing.documents import parties
from invoicing.documents.languages import words_for
from invoicing.documents.price_notices import NOTICES, Notice
from plans.models import PriceChangeMember
from plans.selectors.billing_entities import entity_of
from plans.selectors.schedules import timezone_of


def tell(member: PriceChangeMember, *, is_off: bool, now: datetime) -> Email | None:
    """Mail a customer, once, that their prices change, or that they do not after all; None if nobody is to be told."""
    recipients = member.subscription.customer.emails
    if not recipients or not member.price_change.tells_customers or rehearsal.is_rehearsal():
        return None
    key = f"price_change.{'off' if is_off else 'planned'}:{member.pk}"
    return mail.queue(_message(member, recipients, is_off=is_off), key=key, about=member, now=now)


def _message(member: PriceChangeMember, recipients: list[str], *, is_off: bool) -> mail.Message:
    subscription, change = member.subscription, member.price_change
    entity = entity_of(subscription)
    words, locale = words_for(preferences.terms(subscription.customer, entity).locale)
    language = localized.locale(locale).language
    notice, seller = NOTICES.get(language, NOTICES["en"]), parties.seller(entity)
    name = str(seller["legal_name"] or seller["name"])
    texts = {
        "words": words,
        "language": language,
        "greeting": words.mail_greeting.format(buyer=subscription.customer.display_name),
        "seller": name,
    }
    if is_off:
        lines = [notice.called_off.format(plan=change.plan.display_name)]
        subject = notice.subject_off.format(seller=name)
    else:
        lines, subject = _change(member, notice, locale, name)
    shown = {**texts, "lines": lines}
    return mail.Message(
        recipients=recipients,
        subject=subject,
        text=render_to_string("emails/price_notice.txt", shown).strip() + "\n",
        html=render_to_string("emails/price_notice.html", shown),
        sender_name=name,
        reply_to=str(seller["email"]),
    )


def _change(member: PriceChangeMember, notice: Notice, locale: str, seller: str) -> tuple[list[str], str]:
    change, plan = member.price_change, member.price_change.plan
    assert member.effective_at is not None
    zone = timezone_of(member.subscription)
    day = localized.day(local_date(member.effective_at, zone), locale)
    lines = [notice.changes.format(plan=plan.display_name, day=day)]
    if (cents := change.prices.get("amount_cents")) is not None:
        lines.append(notice.fee.format(amount=localized.amount(cents, plan.amount_currency, locale)))
    if change.message:
        lines.append(change.message)
    return lines, notice.subject.format(day=day, seller=seller)
