"""Coupons: the discounts that can be given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotAllowed, NotFound, invalid
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import CouponType, Frequency
from metering.models import BillableMetric
from plans.models import Plan

FIELDS = (
    "code", "name", "description", "coupon_type", "amount_cents", "amount_currency", "percentage_rate", "frequency",
    "frequency_duration", "reusable", "expiration", "expiration_at",
)  # fmt: skip
_TEXT = {"description", "amount_currency"}


class OnlyOneLimitation(NotAllowed):
    code = "only_one_limitation_type_per_coupon_allowed"


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> Coupon:
    """
    Make a coupon.

    :raises Invalid: field by field
    :raises OnlyOneLimitation: if it names plans and metrics
    """
    coupon = Coupon(created_at=now, updated_at=now)
    _write(coupon, fields)
    coupon.save(force_insert=True)
    _limit(coupon, fields.get("applies_to") or {})
    activity.record("coupon.created", coupon, now=now)
    return coupon


@transaction.atomic
def update(coupon: Coupon, *, now: datetime, **fields: Any) -> Coupon:
    """Change what is given. Those who have the coupon keep the terms they were given."""
    coupon = Coupon.objects.lock(coupon.pk)
    before = activity.snapshot(coupon, FIELDS)
    _write(coupon, fields)
    coupon.updated_at = now
    coupon.save()
    if fields.get("applies_to") is not None:
        _limit(coupon, fields["applies_to"])
    activity.record("coupon.updated", coupon, now=now, changes=activity.differences(before, coupon))
    return coupon


@transaction.atomic
def delete(coupon: Coupon, *, now: datetime) -> Coupon:
    """Take a coupon out of use, also from those who have it."""
    coupon = Coupon.objects.lock(coupon.pk)
    coupon.deleted_at = coupon.terminated_at = coupon.updated_at = now
    coupon.status = Coupon.Status.TERMINATED
    coupon.save(update_fields=["deleted_at", "terminated_at", "updated_at", "status"])
    given = coupon.applied_coupons.filter(status=AppliedCoupon.Status.ACTIVE)
    given.update(status=AppliedCoupon.Status.TERMINATED, terminated_at=now, updated_at=now)
    activity.record("coupon.deleted", coupon, now=now)
    return coupon


@transaction.atomic
def expire_due(*, now: datetime) -> int:
    """End the coupons whose date has passed, and return how many; those who have one keep it (table 1.13)."""
    due = Coupon.objects.live().filter(
        status=Coupon.Status.ACTIVE, expiration=Coupon.Expiration.TIME_LIMIT, expiration_at__lte=now
    )
    rows = list(due.select_for_update().order_by("pk"))
    for coupon in rows:
        retire(coupon, now=now)
        activity.record("coupon.expired", coupon, now=now)
    return len(rows)


def retire(coupon: Coupon, *, now: datetime) -> None:
    """Give a coupon to nobody any more; those who have it keep it."""
    coupon.status, coupon.terminated_at, coupon.updated_at = Coupon.Status.TERMINATED, now, now
    coupon.save(update_fields=["status", "terminated_at", "updated_at"])


def _write(coupon: Coupon, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            value = fields[name]
            setattr(coupon, name, "" if value is None and name in _TEXT else value)
    if Coupon.objects.live().filter(code=coupon.code).exclude(pk=coupon.pk).exists():
        raise invalid("code", "value_already_exist")
    errors = terms_errors(coupon.coupon_type, coupon)
    if coupon.expiration == Coupon.Expiration.TIME_LIMIT and coupon.expiration_at is None:
        errors["expiration_at"] = ["value_is_mandatory"]
    if errors:
        raise Invalid(errors)


def terms_errors(coupon_type: str, terms: Any) -> dict[str, list[str]]:
    """Return what is missing from the terms of a coupon, or of one that is given."""
    errors: dict[str, list[str]] = {}
    if coupon_type == CouponType.FIXED_AMOUNT:
        if not terms.amount_cents:
            errors["amount_cents"] = ["value_is_mandatory"]
        if not terms.amount_currency:
            errors["amount_currency"] = ["value_is_mandatory"]
    elif not terms.percentage_rate:
        errors["percentage_rate"] = ["value_is_mandatory"]
    if terms.frequency == Frequency.RECURRING and not terms.frequency_duration:
        errors["frequency_duration"] = ["value_is_mandatory"]
    return errors


def _limit(coupon: Coupon, applies_to: Mapping[str, Any]) -> None:
    plan_codes = applies_to.get("plan_codes") or []
    metric_codes = applies_to.get("billable_metric_codes") or []
    if plan_codes and metric_codes:
        raise OnlyOneLimitation("A coupon is limited to plans or to metrics, not to both.")
    plans = list(Plan.objects.live().filter(parent=None, code__in=plan_codes))
    metrics = list(BillableMetric.objects.live().filter(code__in=metric_codes))
    if len(plans) != len(set(plan_codes)):
        raise NotFound("plans")
    if len(metrics) != len(set(metric_codes)):
        raise NotFound("billable_metrics")
    coupon.plans.set(plans)
    coupon.billable_metrics.set(metrics)
