"""Buyers: one call makes or changes one, by the id it has in the integrator's own systems."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity, counters
from billing_site.core.errors import NotFound, invalid
from billing_site.core.models import Organization
from customers.models import BillingEntity, Customer, CustomerMetadata
from customers.selectors import custom_sections
from customers.selectors.customers import is_in_use
from customers.services import eu_taxes

MAX_METADATA = 5
FIELDS = (
    "account_type", "customer_type", "name", "firstname", "lastname", "legal_name", "legal_number",
    "tax_identification_number", "email", "phone", "url", "logo_url", "shipping_address",
    "address_line1", "address_line2", "zipcode", "city", "state", "country", "currency", "timezone",
    "document_locale", "invoice_grace_period", "net_payment_term", "finalize_zero_amount_invoice",
    "subscription_invoice_issuing_date_anchor", "subscription_invoice_issuing_date_adjustment",
    "skip_invoice_custom_sections", "external_salesforce_id",
    "payment_provider", "payment_provider_code", "provider_customer_id",
)  # fmt: skip
WATCHED = (*FIELDS, "billing_entity_id")
_NULLABLE = {"invoice_grace_period", "net_payment_term"}


@transaction.atomic
def upsert(external_id: str, *, now: datetime, **fields: Any) -> Customer:
    """
    Make the customer of this external id, or change what is given of it. Missing fields stay as they were.

    One becomes a partner (who bills through us, in its own name) only before it is subscribed to or billed anything.

    :raises NotFound: if the billing entity, a tax or a section is unknown
    :raises Invalid: if there is too much metadata
    """
    customer = Customer.objects.live().filter(external_id=external_id).first()
    is_new, before = customer is None, dict[str, Any]()
    if customer is None:
        customer, kind = _new(external_id, fields, now), "customer.created"
    else:
        customer, kind = Customer.objects.lock(customer.pk), "customer.updated"
        before = activity.snapshot(customer, WATCHED)
        _move_to_entity(customer, fields)
        if "account_type" in fields and is_in_use(customer):
            del fields["account_type"]  # as Lago does, without a word
    for name in FIELDS:
        if name in fields:
            setattr(customer, name, _value(customer, name, fields[name]))
    customer.updated_at = now
    customer.save()
    changes = activity.differences(before, customer)
    eu_taxes.set_taxes(customer, fields.get("tax_codes"), changed=changes, is_new=is_new, now=now)
    if fields.get("invoice_custom_section_codes") is not None:
        customer.invoice_custom_sections.set(custom_sections.by_codes(fields["invoice_custom_section_codes"]))
    if fields.get("metadata") is not None:
        _set_metadata(customer, fields["metadata"], now)
    activity.record(kind, customer, now=now, changes=changes)
    return customer


def create_or_get(external_id: str, *, now: datetime) -> Customer:
    """Return the customer of this external id, made with nothing else known if there is none."""
    customer: Customer | None = Customer.objects.live().filter(external_id=external_id).first()
    return customer or upsert(external_id, now=now)


@transaction.atomic
def delete(customer: Customer, *, now: datetime) -> Customer:
    """Take a customer out of use; what it owes stays. The floors above end what is theirs."""
    customer = Customer.objects.lock(customer.pk)
    customer.deleted_at = customer.updated_at = now
    customer.save(update_fields=["deleted_at", "updated_at"])
    activity.record("customer.deleted", customer, now=now)
    return customer


def _new(external_id: str, fields: Mapping[str, Any], now: datetime) -> Customer:
    entity = _entity(fields.get("billing_entity_code"))
    sequence = counters.take("customer")
    prefix = Organization.objects.values_list("number_prefix", flat=True).get()
    return Customer(
        external_id=external_id,
        billing_entity=entity,
        sequential_id=sequence,
        slug=f"{prefix}-{sequence:03d}",
        created_at=now,
    )


def _entity(code: str | None) -> BillingEntity:
    lookup: dict[str, Any] = {"code": code} if code else {"is_default": True}
    entity: BillingEntity | None = BillingEntity.objects.filter(**lookup).first()
    if entity is None:
        raise NotFound("billing_entity")
    return entity


def _move_to_entity(customer: Customer, fields: Mapping[str, Any]) -> None:
    if fields.get("billing_entity_code"):
        customer.billing_entity = _entity(fields["billing_entity_code"])


def _value(customer: Customer, name: str, value: Any) -> Any:
    if value is not None or name in _NULLABLE:
        return value
    field: Any = Customer._meta.get_field(name)
    return field.get_default()


def _set_metadata(customer: Customer, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Replace the metadata: rows named by id or key are changed, the others go."""
    if len(items) > MAX_METADATA:
        raise invalid("metadata", "invalid_count")
    if len({item["key"] for item in items}) != len(items):
        raise invalid("metadata", "value_already_exist")
    kept = {row.key: row for row in customer.metadata.all()}
    wanted = {item["key"] for item in items}
    customer.metadata.exclude(key__in=wanted).delete()
    for item in items:
        row = kept.get(item["key"]) or CustomerMetadata(customer=customer, key=item["key"], created_at=now)
        row.value = item["value"]
        row.display_in_invoice = item.get("display_in_invoice", False)
        row.updated_at = now
        row.save()
