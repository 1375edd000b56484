"""Deals: made, changed, taken out of use. Who has one keeps what it gave."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity, rehearsal
from billing_site.core.errors import Invalid, NotFound, invalid, refuse
from credits.models import Coupon, Deal, DealCode
from credits.services import coupons
from customers.models import Customer
from plans.models import Plan
from plans.selectors.plan_prices import as_they_stand
from plans.services import overrides

# The codes of coupons that belong to a deal begin so.
OF_DEAL = "deal-"
FIELDS = (
    "code", "name", "description", "email_domains", "max_redemptions", "max_per_customer", "expiration_at", "currency",
    "granted_credits", "credits_days", "trial_days", "plan_overrides", "subscribes",
)  # fmt: skip
_NULLABLE = {"max_redemptions", "expiration_at", "credits_days"}
GIVES = ("trial_days", "granted_credits", "plan_overrides", "subscribes")


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> Deal:
    """
    Make a deal: `discount` are the terms of a coupon, `plan_code` the plan whose prices and trial it changes,
    `redemption_codes` and `external_customer_ids` who may have it.

    :raises Invalid: field by field
    :raises NotFound: if the plan or a customer is unknown
    """
    deal = Deal(created_at=now, updated_at=now)
    _write(deal, fields, now)
    deal.save(force_insert=True)
    _set_lists(deal, fields)
    activity.record("deal.created", deal, now=now)
    return deal


@transaction.atomic
def update(deal: Deal, *, now: datetime, reason: str = "", **fields: Any) -> Deal:
    """
    Change what is given; who has the deal keeps what it gave.

    :raises Invalid: field by field
    :raises NotFound: if it was deleted, or the plan or a customer is unknown
    """
    deal = Deal.objects.lock(deal.pk)
    if deal.deleted_at is not None:
        raise NotFound("deal")
    before = activity.snapshot(deal, FIELDS)
    _write(deal, fields, now)
    deal.updated_at = now
    deal.save()
    _set_lists(deal, fields)
    changes = activity.differences(before, deal)
    activity.record("deal.updated", deal, now=now, changes=changes, reason=reason)
    return deal


@transaction.atomic
def delete(deal: Deal, *, now: datetime, reason: str = "") -> Deal:
    """Take a deal out of use; who has it keeps what it gave, and its codes are free again."""
    deal = Deal.objects.lock(deal.pk)
    if deal.deleted_at is None:
        deal.deleted_at = deal.updated_at = now
        deal.save(update_fields=["deleted_at", "updated_at"])
        deal.codes.all().delete()
        if deal.coupon is not None:
            coupons.retire(deal.coupon, now=now)
        activity.record("deal.deleted", deal, now=now, reason=reason)
    return deal


def plain_code(typed: str) -> str:
    """Return a code as it is kept: in capitals, without the spaces around it."""
    return typed.strip().upper()


def _write(deal: Deal, fields: Mapping[str, Any], now: datetime) -> None:
    for name in FIELDS:
        if name in fields:
            field: Any = Deal._meta.get_field(name)
            value = fields[name]
            setattr(deal, name, field.get_default() if value is None and name not in _NULLABLE else value)
    if "plan_code" in fields:
        deal.plan = _plan(fields["plan_code"])
    deal.email_domains = sorted({domain.strip().lower().lstrip("@") for domain in deal.email_domains} - {""})
    _check(deal, fields, now)
    if "discount" in fields:
        _set_discount(deal, fields["discount"], now)
    elif deal.coupon is not None and deal.coupon.name != deal.name:
        coupons.update(deal.coupon, now=now, name=deal.name)
    _set_currency(deal)
    if deal.coupon is None and not any(getattr(deal, name) for name in GIVES):
        raise invalid("deal", "gives_nothing", "A deal gives something: a discount, credits, a trial or prices.")


def _check(deal: Deal, fields: Mapping[str, Any], now: datetime) -> None:
    """Refuse what cannot be, and prices that the plan cannot have."""
    taken = Deal.objects.live().filter(code=deal.code).exclude(pk=deal.pk)
    limit, plan = deal.max_redemptions, deal.plan
    refuse(
        {
            ("code", "value_already_exist"): taken.exists(),
            ("max_redemptions", "value_is_out_of_range"): limit is not None and limit < deal.redeemed_count,
            ("expiration_at", "invalid_date"): bool(fields.get("expiration_at") and fields["expiration_at"] <= now),
            ("plan_code", "value_is_mandatory"): plan is None and bool(deal.plan_overrides or deal.subscribes),
        }
    )
    if plan is not None and deal.plan_overrides:
        deal.plan_overrides = _tried(plan, deal.plan_overrides, now)


def _set_currency(deal: Deal) -> None:
    """All amounts of a deal are in one currency, which whoever takes it has too."""
    own = deal.plan.amount_currency if deal.plan else ""
    named = {deal.currency, own, deal.coupon.amount_currency if deal.coupon else ""} - {""}
    refuse(
        {
            ("currency", "currencies_does_not_match"): len(named) > 1,
            ("currency", "value_is_mandatory"): bool(deal.granted_credits and not named),
        }
    )
    deal.currency = named.pop() if named else ""


def _tried(plan: Plan, prices: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return prices as a plan of somebody's own would have them."""
    try:
        return rehearsal.undone(lambda: as_they_stand(overrides.make(plan, prices, now=now), prices))
    except Invalid as error:
        raise Invalid({"plan_overrides": error.details}, error.own_message) from error


def _plan(code: str | None) -> Plan | None:
    if not code:
        return None
    plan: Plan | None = Plan.objects.live().filter(code=code, parent=None, pending_deletion=False).first()
    if plan is None:
        raise NotFound("plan")
    return plan


def _set_discount(deal: Deal, terms: Mapping[str, Any] | None, now: datetime) -> None:
    """Keep the terms in a coupon of the deal's own."""
    if not terms:
        if deal.coupon is not None:
            coupons.retire(deal.coupon, now=now)
            deal.coupon = None
        return
    given = {**dict.fromkeys(("amount_cents", "percentage_rate", "frequency_duration")), "amount_currency": "", **terms}
    try:
        if deal.coupon is None:
            code = f"{OF_DEAL}{uuid.uuid4().hex[:12]}"
            deal.coupon = coupons.create(
                now=now, code=code, name=deal.name, expiration=Coupon.Expiration.NEVER, **given
            )
        else:
            deal.coupon = coupons.update(deal.coupon, now=now, name=deal.name, **given)
    except Invalid as error:
        raise Invalid({"discount": error.details}, error.own_message) from error


def _set_lists(deal: Deal, fields: Mapping[str, Any]) -> None:
    if fields.get("redemption_codes") is not None:
        _set_codes(deal, fields["redemption_codes"])
    if fields.get("external_customer_ids") is not None:
        wanted = set(fields["external_customer_ids"])
        found = list(Customer.objects.live().filter(external_id__in=wanted))
        if len(found) != len(wanted):
            raise NotFound("customer")
        deal.customers.set(found)


def _set_codes(deal: Deal, typed: Sequence[str]) -> None:
    wanted = {plain_code(text) for text in typed} - {""}
    kept = set(deal.codes.values_list("text", flat=True))
    if DealCode.objects.filter(text__in=wanted - kept).exists():
        raise invalid("redemption_codes", "value_already_exist", "One of these codes opens another deal.")
    deal.codes.exclude(text__in=wanted).delete()
    DealCode.objects.bulk_create(DealCode(deal=deal, text=text) for text in sorted(wanted - kept))
