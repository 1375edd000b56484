"""Connections to accounts at payment providers; their secrets are encrypted before they are stored."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity, encryption
from billing_site.core.errors import refuse
from customers.models import PaymentProvider


@transaction.atomic
def connect(
    code: str, *, now: datetime, name: str = "", key: str, webhook_secrets: str = "", reason: str = ""
) -> PaymentProvider:
    """
    Connect an account at Stripe, or give the one of this code new secrets. Secrets of webhooks stand one a line.

    :raises Invalid: if the code or the key is missing, or the key is none of Stripe's secret ones
    """
    refuse(
        {
            ("code", "value_is_mandatory"): not code,
            ("key", "value_is_invalid"): not key.startswith(("sk_", "rk_")),
        }
    )
    provider = PaymentProvider.objects.live().filter(code=code).select_for_update().first()
    is_new = provider is None
    provider = provider or PaymentProvider(code=code, created_at=now)
    provider.name = name or provider.name or code
    provider.encrypted_key, provider.updated_at = encryption.encrypt(key), now
    provider.encrypted_webhook_secrets = encryption.encrypt(webhook_secrets) if webhook_secrets else ""
    provider.save()
    activity.record(
        "payment_provider.connected" if is_new else "payment_provider.updated", provider, now=now, reason=reason
    )
    return provider


@transaction.atomic
def compare_anew(provider: PaymentProvider, *, now: datetime, reason: str = "") -> PaymentProvider:
    """Have the whole book of an account compared with ours by the next tick."""
    provider.book_compared_at, provider.updated_at = None, now
    provider.save(update_fields=["book_compared_at", "updated_at"])
    activity.record("payment_provider.comparison_asked", provider, now=now, reason=reason)
    return provider


def note_compared(provider: PaymentProvider, *, now: datetime) -> None:
    """Note that its book has been compared with ours."""
    PaymentProvider.objects.filter(pk=provider.pk).update(book_compared_at=now)
