"""The company itself: founded once, then changed through its default billing entity's door as well."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Conflict
from billing_site.core.models import Organization
from customers.models import BillingEntity
from customers.services import billing_entities

ORGANIZATION_FIELDS = ("name", "slug", "default_currency", "number_prefix")


class AlreadyFounded(Conflict):
    code = "organization_exists"


@transaction.atomic
def found(*, name: str, now: datetime, currency: str = "USD", **entity_fields: Any) -> Organization:
    """
    Make the organization and its default billing entity.

    :raises AlreadyFounded: if there is one
    """
    if Organization.objects.exists():
        raise AlreadyFounded("This installation already has its company.")
    mark = uuid.uuid4()
    organization = Organization(
        lago_id=mark,
        name=name,
        default_currency=currency,
        number_prefix=billing_entities.default_prefix(name, mark),
        created_at=now,
        updated_at=now,
    )
    organization.save(force_insert=True)
    entity_fields = {"code": "default", "name": name, "default_currency": currency, **entity_fields}
    billing_entities.create(now=now, is_default=True, **entity_fields)
    activity.record("organization.created", organization, now=now)
    return organization


@transaction.atomic
def update(organization: Organization, *, now: datetime, **fields: Any) -> Organization:
    """Change the organization and, for what documents show, its default billing entity."""
    organization = Organization.objects.lock(organization.pk)
    before = activity.snapshot(organization, ORGANIZATION_FIELDS)
    for name in ORGANIZATION_FIELDS:
        if name in fields:
            setattr(organization, name, fields[name])
    organization.updated_at = now
    organization.save()
    entity = BillingEntity.objects.get(is_default=True)
    billing_entities.update(entity, now=now, **{key: value for key, value in fields.items() if key != "slug"})
    activity.record("organization.updated", organization, now=now, changes=activity.differences(before, organization))
    return organization
