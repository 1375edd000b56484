"""Stored cards and accounts of customers: kept as their provider has them; one is the default."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from customers.models import Customer, PaymentMethod, PaymentProvider

KEPT = ("type", "card", "sepa_debit", "us_bank_account", "bacs_debit", "link")


@transaction.atomic
def follow(
    customer: Customer, provider: PaymentProvider, found: Sequence[Mapping[str, Any]], *, now: datetime
) -> list[PaymentMethod]:
    """Keep what the provider has stored for a customer: new ones come, missing ones go, the first is the default."""
    Customer.objects.lock(customer.pk)
    live = PaymentMethod.objects.live().filter(customer=customer)
    present = {row.provider_method_id: row for row in live.filter(provider=provider)}
    wanted = {str(facts["id"]): facts for facts in found}
    for key in present.keys() - wanted.keys():
        _put_away(present[key], now)
    for key in wanted.keys() - present.keys():
        details = {name: wanted[key][name] for name in KEPT if wanted[key].get(name)}
        row = PaymentMethod.objects.create(
            customer=customer,
            provider=provider,
            provider_method_id=key,
            details=details,
            created_at=now,
            updated_at=now,
        )
        activity.record("payment_method.created", row, now=now)
    _have_a_default(customer, now)
    return list(live.order_by("pk"))


@transaction.atomic
def set_default(method: PaymentMethod, *, now: datetime) -> PaymentMethod:
    """Make a method the one that is charged."""
    Customer.objects.lock(method.customer_id)
    method = PaymentMethod.objects.lock(method.pk)
    if not method.is_default and method.deleted_at is None:
        others = PaymentMethod.objects.filter(customer_id=method.customer_id, is_default=True)
        others.update(is_default=False, updated_at=now)
        method.is_default, method.updated_at = True, now
        method.save(update_fields=["is_default", "updated_at"])
        activity.record("payment_method.default_changed", method, now=now)
    return method


@transaction.atomic
def forget(method: PaymentMethod, *, now: datetime) -> PaymentMethod:
    """Put a method away; the oldest of the others becomes the default if it was."""
    customer = Customer.objects.lock(method.customer_id)
    method = PaymentMethod.objects.lock(method.pk)
    if method.deleted_at is None:
        _put_away(method, now)
        _have_a_default(customer, now)
    return method


@transaction.atomic
def link(customer: Customer, provider_customer_id: str, *, now: datetime) -> Customer:
    """Note under which id the provider knows a customer, unless one is noted already."""
    customer = Customer.objects.lock(customer.pk)
    if not customer.provider_customer_id:
        customer.provider_customer_id, customer.updated_at = provider_customer_id, now
        customer.save(update_fields=["provider_customer_id", "updated_at"])
        activity.record("customer.payment_provider_created", customer, now=now)
    return customer


def _put_away(method: PaymentMethod, now: datetime) -> None:
    method.deleted_at, method.is_default, method.updated_at = now, False, now
    method.save(update_fields=["deleted_at", "is_default", "updated_at"])
    activity.record("payment_method.deleted", method, now=now)


def _have_a_default(customer: Customer, now: datetime) -> None:
    live = PaymentMethod.objects.live().filter(customer=customer)
    if not live.filter(is_default=True).exists() and (first := live.order_by("pk").first()):
        first.is_default, first.updated_at = True, now
        first.save(update_fields=["is_default", "updated_at"])
