"""Activities as a log: whose they are, in the ids that integrators know, for a page of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet

from billing_site.core.models import Activity
from customers.models import Customer
from plans.models import Subscription

# What Lago calls the doors through which something happened.
SOURCES = {"api": ("api_key",), "front": ("staff", "customer"), "system": ("system",)}
_SUBSCRIPTION = Subscription._meta.label_lower


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an activity beside its row."""

    resource_id: UUID
    external_customer_id: str | None
    external_subscription_id: str | None
    user_email: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which activities are asked for; nothing said means all."""

    begin: datetime | None = None
    end: datetime | None = None
    types: Sequence[str] = ()
    sources: Sequence[str] = ()
    user_emails: Sequence[str] = ()
    resource_types: Sequence[str] = ()
    resource_ids: Sequence[UUID] = ()
    external_customer_id: str = ""
    external_subscription_id: str = ""


@cache
def models_by_name() -> Mapping[str, type[Model]]:
    """Return the kinds of objects that something can happen to, by the name of their class."""
    return {model.__name__: model for model in apps.get_models() if hasattr(model, "lago_id")}


def find(wanted: Wanted) -> "QuerySet[Activity]":
    """Return the activities asked for, newest first."""
    rows = Activity.objects.order_by("-occurred_at", "-id")
    conditions = Q()
    if wanted.begin:
        conditions &= Q(occurred_at__gte=wanted.begin)
    if wanted.end:
        conditions &= Q(occurred_at__lt=wanted.end)
    if wanted.types:
        conditions &= Q(type__in=wanted.types)
    if wanted.sources:
        conditions &= Q(actor_kind__in=[kind for source in wanted.sources for kind in SOURCES[source]])
    return rows.filter(conditions, *_about_whom(wanted), *_about_what(wanted))


def _about_whom(wanted: Wanted) -> Iterable[Q]:
    if wanted.user_emails:
        users = get_user_model().objects.filter(email__in=wanted.user_emails).values_list("pk", flat=True)
        yield Q(actor_kind="staff", actor_id__in=[str(pk) for pk in users])
    if wanted.external_customer_id:
        found = Customer.objects.filter(external_id=wanted.external_customer_id).values_list("pk", flat=True)
        yield Q(customer_id__in=list(found))


def _about_what(wanted: Wanted) -> Iterable[Q]:
    if wanted.external_subscription_id:
        found = Subscription.objects.filter(external_id=wanted.external_subscription_id).values_list("pk", flat=True)
        yield Q(subject_type=_SUBSCRIPTION, subject_id__in=list(found))
    known = models_by_name()
    models = [known[name] for name in wanted.resource_types if name in known]
    if wanted.resource_types:
        yield Q(subject_type__in=[model._meta.label_lower for model in models])
    if wanted.resource_ids:
        yield _any_of(wanted.resource_ids, models or list(known.values()))


def _any_of(ids: Sequence[UUID], models: Iterable[type[Model]]) -> Q:
    """Return what picks the activities of these objects, whatever kind they are of; nothing if there are none."""
    found = Q(pk=None)
    for model in models:
        if keys := list(model._default_manager.filter(lago_id__in=ids).values_list("pk", flat=True)):
            found |= Q(subject_type=model._meta.label_lower, subject_id__in=keys)
    return found


def about(activities: Sequence[Activity]) -> dict[int, About]:
    """Return by activity what is known beside it; each kind of object is read once."""
    subjects = _subjects(activities)
    customers = dict(
        Customer.objects.filter(pk__in={row.customer_id for row in activities if row.customer_id}).values_list(
            "pk", "external_id"
        )
    )
    staff = {row.actor_id for row in activities if row.actor_kind == "staff" and row.actor_id.isdigit()}
    emails = dict(get_user_model().objects.filter(pk__in=staff).values_list("pk", "email"))
    return {
        row.pk: About(
            resource_id=_resource_id(row, subjects),
            external_customer_id=customers.get(row.customer_id or 0),
            external_subscription_id=subjects.get((row.subject_type, row.subject_id), {}).get("external_id")
            if row.subject_type == _SUBSCRIPTION
            else None,
            user_email=(emails.get(int(row.actor_id)) or None) if row.actor_id in staff else None,
        )
        for row in activities
    }


def _subjects(activities: Iterable[Activity]) -> dict[tuple[str, int], dict[str, Any]]:
    keys: dict[str, set[int]] = defaultdict(set)
    for row in activities:
        keys[row.subject_type].add(row.subject_id)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for label, pks in keys.items():
        fields = ["pk", "lago_id", *(["external_id"] if label == _SUBSCRIPTION else [])]
        for values in apps.get_model(label)._default_manager.filter(pk__in=pks).values(*fields):
            found[label, values["pk"]] = values
    return found


def _resource_id(row: Activity, subjects: Mapping[tuple[str, int], Mapping[str, Any]]) -> UUID:
    """Return the id of the object; of one that is no longer there an id that is always the same."""
    known = subjects.get((row.subject_type, row.subject_id))
    return known["lago_id"] if known else uuid5(NAMESPACE_OID, f"{row.subject_type}:{row.subject_id}")


def resource_type(row: Activity) -> str:
    """Return the name of the class of the object."""
    return str(apps.get_model(row.subject_type).__name__)
