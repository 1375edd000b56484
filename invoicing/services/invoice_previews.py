"""
The first invoice of an imagined subscription, or the next one of subscriptions that are there (table 1.17, Preview).

What is asked about is done by the real services, the invoice is made as it would be when final, and all is undone. No
reaction runs: what begins in advance is billed by what is looked at here, and nothing else.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from billing_site.core import rehearsal
from billing_site.core.errors import NotFound, invalid
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import CouponType, Frequency
from credits.services import applied_coupons, coupons
from customers.models import Customer
from customers.services import customers
from invoicing.models import Invoice
from invoicing.services import prepaid, previews, writing
from invoicing.services.credit_notes import automatic
from plans.models import Plan, Subscription
from plans.services import plan_changes
from plans.services import subscriptions as subscription_services

T = TypeVar("T")
Terms = Mapping[str, Any]
Acted = tuple[datetime, list[Subscription]]  # what is to be billed, and from when on it is looked at


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is imagined: a customer with other facts, or a new one; a plan; discounts; an end.

    With `external_ids` it is about subscriptions that are there, and `plan` is what the only one changes to.
    """

    customer: Terms
    plan: Plan | None = None
    subscription: Terms = field(default_factory=dict)  # billing_time, subscription_at, billing_entity_code
    external_ids: Sequence[str] = ()
    terminated_at: datetime | None = None
    coupons: Sequence[Terms] = ()


def preview(asked: Asked, look: Callable[[Invoice], T], *, now: datetime) -> T:
    """
    Return what `look` makes of the invoice, which is there only while it looks.

    :raises NotFound: if the customer, a subscription or the plan is unknown, or nothing will be billed
    :raises Invalid: if what is imagined cannot be
    """
    return rehearsal.undone(lambda: look(_made(asked, now)))


def _made(asked: Asked, now: datetime) -> Invoice:
    customer = _customer(asked.customer, now)
    if asked.external_ids:
        at, subscriptions = _present(asked, customer, now)
    else:
        at, subscriptions = now, [_imagined(asked, customer, now)]
    _give(customer, asked.coupons, now)
    found = previews.upcoming_of(subscriptions, now=at).get(customer.pk, [])
    if not found:
        raise NotFound("invoice")
    if len(found) > 1:
        raise invalid("subscriptions", "billing_periods_does_not_match", "They are not billed by one invoice.")
    draft = found[0].draft
    draft.invoice.status = Invoice.Status.FINALIZED  # as it would be when wallets pay
    prepaid.pay([draft], now=at)
    draft.invoice.status = Invoice.Status.DRAFT  # one that has no number
    writing.write([draft], [], now=at)
    return draft.invoice


def _customer(facts: Terms, now: datetime) -> Customer:
    fields = dict(facts)
    external_id = fields.pop("external_id", None)
    if external_id and not Customer.objects.live().filter(external_id=external_id).exists():
        raise NotFound("customer")
    if external_id and not fields:
        return Customer.objects.live().get(external_id=external_id)  # type: ignore[no-any-return]
    return customers.upsert(external_id or f"preview-{uuid.uuid4()}", now=now, **fields)


def _imagined(asked: Asked, customer: Customer, now: datetime) -> Subscription:
    """Return a subscription that begins at its time, as if that had come."""
    if asked.plan is None:
        raise NotFound("plan")
    begins = max(asked.subscription.get("subscription_at") or now, now)
    external_id = f"preview-{uuid.uuid4()}"
    made = subscription_services.create(
        customer, asked.plan, external_id=external_id, now=begins, **dict(asked.subscription)
    )
    return _read([made.pk])[0]


def _present(asked: Asked, customer: Customer, now: datetime) -> Acted:
    """Return the customer's subscriptions of these ids, after what is imagined of the only one."""
    ids = set(asked.external_ids)
    rows = Subscription.objects.filter(customer=customer, external_id__in=ids, status=Subscription.Status.ACTIVE)
    found = _read(rows.values_list("pk", flat=True))
    if len(found) < len(ids):
        raise NotFound("subscription")
    if asked.terminated_at is None and asked.plan is None:
        return now, found
    if len(found) > 1:
        act = "plan_change" if asked.plan else "termination"
        raise invalid("subscriptions", f"only_one_subscription_allowed_for_{act}")
    return _changed(found[0], asked.plan, now) if asked.plan else _ended(found[0], asked.terminated_at, now)


def _changed(subscription: Subscription, plan: Plan, now: datetime) -> Acted:
    if plan.pk in (subscription.plan_id, subscription.plan.parent_id):
        raise invalid("base", "new_plan_should_be_different_from_existing_plan")
    changed = subscription_services.create(subscription.customer, plan, external_id=subscription.external_id, now=now)
    at = changed.change_at or now
    if changed.change_at is not None:
        changed = plan_changes.take_over(changed, now=at)
    return at, _after_end(subscription, at, [changed.pk])


def _ended(subscription: Subscription, at: datetime | None, now: datetime) -> Acted:
    assert at is not None
    if at < now:
        raise invalid("terminated_at", "cannot_be_in_past")
    subscription_services.terminate(subscription, at=at, now=at)
    return at, _after_end(subscription, at, [])


def _after_end(subscription: Subscription, at: datetime, others: Sequence[int]) -> list[Subscription]:
    """Return the ended subscription, with others, after the credit for what it has paid and not used."""
    found = _read([subscription.pk, *others])
    automatic.credit_ended([found[0]], now=at)
    return found


def _read(keys: Any) -> list[Subscription]:
    rows = Subscription.objects.filter(pk__in=list(keys)).select_related("customer__billing_entity", "plan")
    return list(rows.order_by("pk"))


def _give(customer: Customer, asked: Sequence[Terms], now: datetime) -> None:
    """Give the customer the coupons of these codes, made up where there are none; one that it has stays as it is."""
    for terms in asked:
        own = dict(terms)
        code, name, kind = own.pop("code"), own.pop("name", ""), own.pop("coupon_type", CouponType.FIXED_AMOUNT)
        coupon = Coupon.objects.live().filter(code=code, status=Coupon.Status.ACTIVE).first()
        if coupon is None:
            own = {"frequency": Frequency.ONCE, **own}
            coupon = coupons.create(
                code=code, name=name or code, coupon_type=kind, expiration=Coupon.Expiration.NEVER, now=now,
                **own,
            )  # fmt: skip
        has = AppliedCoupon.objects.filter(customer=customer, coupon=coupon, status=AppliedCoupon.Status.ACTIVE)
        if not has.exists():
            applied_coupons.give(customer, coupon, now=now, **own)
