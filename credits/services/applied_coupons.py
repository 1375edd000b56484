"""Giving coupons to customers, and taking them back."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity, locks
from billing_site.core.errors import Invalid, NotAllowed, NotFound, invalid
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import CouponType, Frequency
from credits.services import coupons
from customers.models import Customer

# The codes of coupons that were made for one customer begin so.
ONE_OFF = "one-off-"
TERMS = ("amount_cents", "amount_currency", "percentage_rate", "frequency", "frequency_duration")


class PlanOverlapping(NotAllowed):
    code = "plan_overlapping"


@transaction.atomic
def give(customer: Customer, coupon: Coupon, *, now: datetime, reason: str = "", **terms: Any) -> AppliedCoupon:
    """
    Give a customer a coupon, on its own terms or on these. It comes off the next invoices that become final.

    :raises NotFound: if the coupon has ended
    :raises Invalid: if the customer had it before and it is not reusable, or the terms are not complete
    :raises PlanOverlapping: if another coupon of the customer is for the same plan
    """
    customer = Customer.objects.lock(customer.pk)
    coupon = Coupon.objects.lock(coupon.pk)
    if coupon.status != Coupon.Status.ACTIVE or coupon.deleted_at:
        raise NotFound("coupon")
    _check_reuse(customer, coupon)
    applied = AppliedCoupon(coupon=coupon, customer=customer, created_at=now, updated_at=now)
    for name in TERMS:
        given = terms.get(name)
        setattr(applied, name, getattr(coupon, name) if given is None else given)
    if errors := coupons.terms_errors(coupon.coupon_type, applied):
        raise Invalid(errors)
    _start(applied)
    applied.save(force_insert=True)
    activity.record("applied_coupon.created", applied, now=now, details=_terms(applied), reason=reason)
    return applied


@transaction.atomic
def give_one_off(customer: Customer, *, now: datetime, reason: str = "", **terms: Any) -> AppliedCoupon:
    """
    Give a customer a discount of their own (`coupon_type` and terms); the coupon behind it is made and used up by it.

    :raises Invalid: if the terms are not complete
    """
    coupon = coupons.create(
        now=now, code=f"{ONE_OFF}{uuid.uuid4().hex[:12]}", name="Discount", reusable=False, expiration="no_expiration",
        **terms,
    )  # fmt: skip
    applied = give(customer, coupon, now=now, reason=reason)
    coupons.retire(coupon, now=now)
    return applied


@transaction.atomic
def take_back(applied: AppliedCoupon, *, now: datetime, reason: str = "") -> AppliedCoupon:
    """End a coupon that a customer has; what it took off invoices stays."""
    Customer.objects.lock(applied.customer_id)
    applied = AppliedCoupon.objects.lock(applied.pk)
    if applied.status == AppliedCoupon.Status.ACTIVE:
        applied.status, applied.terminated_at, applied.updated_at = AppliedCoupon.Status.TERMINATED, now, now
        applied.save(update_fields=["status", "terminated_at", "updated_at"])
        activity.record("applied_coupon.terminated", applied, now=now, reason=reason)
    return applied


@transaction.atomic
def recredit(uses: Mapping[int, int], *, now: datetime) -> None:
    """
    Give back what coupons (by key, in minor units) took off an invoice that has become void (rule M21).

    One given once is there again, one for a number of invoices has one more.
    """
    for applied in locks.by_ids(AppliedCoupon, uses).values():
        if applied.frequency == Frequency.FOREVER:
            continue
        if applied.remaining_cents is not None:
            applied.remaining_cents += uses[applied.pk]
        if applied.frequency_duration_remaining is not None:
            applied.frequency_duration_remaining += 1
        applied.status, applied.terminated_at, applied.updated_at = AppliedCoupon.Status.ACTIVE, None, now
        applied.save()
        activity.record("applied_coupon.recredited", applied, now=now, details={"amount_cents": uses[applied.pk]})


def _check_reuse(customer: Customer, coupon: Coupon) -> None:
    given = coupon.applied_coupons.filter(customer=customer)
    if not coupon.reusable and given.exists():
        raise invalid("coupon", "coupon_is_not_reusable", "This customer has had this coupon, and it is given once.")
    plans = set(coupon.plans.values_list("pk", flat=True))
    active = AppliedCoupon.objects.filter(customer=customer, status=AppliedCoupon.Status.ACTIVE)
    if plans and active.filter(coupon__plans__in=plans).exists():
        raise PlanOverlapping("The customer has another coupon for the same plan.")


def _start(applied: AppliedCoupon) -> None:
    """Set what is left of it."""
    fixed = applied.coupon.coupon_type == CouponType.FIXED_AMOUNT
    if fixed and applied.frequency == Frequency.ONCE:
        applied.remaining_cents = applied.amount_cents
    if applied.frequency == Frequency.RECURRING:
        applied.frequency_duration_remaining = applied.frequency_duration


def _terms(applied: AppliedCoupon) -> Mapping[str, Any]:
    return {name: getattr(applied, name) for name in TERMS if getattr(applied, name) not in (None, "")}
