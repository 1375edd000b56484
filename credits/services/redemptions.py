"""
Deals taken by customers, and taken back.

| a deal gives | how |
|---|---|
| a discount | its coupon, on the terms that it has now |
| credits | a wallet of their own, at a major unit each, until its days are over |
| days of trial | a trial that is running ends so many days later; one that begins with the deal is so much longer |
| prices | the subscription's own from now on, for all that is not billed yet |

The customer's row and then the deal's are locked, so that neither limit is passed however many ask at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from billing_site.core import activity
from billing_site.core.errors import NotFound, invalid
from billing_site.core.periods import days_later, local_date, local_midnight
from credits.models import Deal, DealRedemption, Wallet
from credits.services import applied_coupons, wallets
from credits.services.deals import plain_code
from customers.models import Customer
from customers.selectors import preferences
from plans.models import Plan, Subscription
from plans.selectors.plan_prices import as_they_stand
from plans.selectors.schedules import timezone_of
from plans.services import subscriptions

Source = DealRedemption.Source
Status = Subscription.Status


@transaction.atomic
def redeem(
    customer: Customer,
    *,
    now: datetime,
    deal: Deal | None = None,
    code: str = "",
    source: str = Source.API,
    external_subscription_id: str | None = None,
) -> DealRedemption:
    """
    Let a customer take a deal, which they name by itself or by one of its codes.

    :raises NotFound: if no deal has this code, or it is out of use
    :raises Invalid: if the customer may not have it (any more), or cannot
    """
    if deal is None:
        deal = Deal.objects.live().filter(codes__text=plain_code(code)).first()
        if deal is None:
            raise NotFound("deal")
    customer, deal = _locked(customer, deal)
    _check_who(deal, customer, plain_code(code))
    taken = DealRedemption(deal=deal, customer=customer, source=source, code=plain_code(code), created_at=now)
    return _take(taken, wanted=external_subscription_id)


@transaction.atomic
def give(customer: Customer, deal: Deal, *, now: datetime, reason: str = "") -> DealRedemption:
    """
    Give a customer a deal, whoever may take it; its limits and its end hold.

    :raises NotFound: if it is out of use
    :raises Invalid: if it cannot be given
    """
    customer, deal = _locked(customer, deal)
    return _take(DealRedemption(deal=deal, customer=customer, source=Source.STAFF, created_at=now), reason=reason)


@transaction.atomic
def take_back(redemption: DealRedemption, *, now: datetime, reason: str = "") -> DealRedemption:
    """
    Take back what is left of a deal: the discount ends, credits that nobody has used are void, prices that are still
    the deal's become what they were, and a trial that is running is as much shorter (it ends tomorrow at the
    earliest). What invoices have been made with stays, and so does the subscription.
    """
    customer, deal = _locked(redemption.customer, redemption.deal, is_open=False)
    redemption = DealRedemption.objects.lock(redemption.pk)
    if redemption.taken_back_at is not None:
        return redemption
    if redemption.subscription is not None:
        _take_back_terms(redemption, customer, now, reason)
    if redemption.applied_coupon is not None:
        applied_coupons.take_back(redemption.applied_coupon, now=now, reason=reason)
    if redemption.wallet is not None:
        wallets.terminate(redemption.wallet, now=now, reason=reason)
    redemption.taken_back_at = redemption.updated_at = now
    redemption.save(update_fields=["taken_back_at", "updated_at"])
    deal.redeemed_count -= 1
    deal.save(update_fields=["redeemed_count"])
    activity.record("deal.taken_back", redemption, now=now, reason=reason)
    return redemption


def _locked(customer: Customer, deal: Deal, *, is_open: bool = True) -> tuple[Customer, Deal]:
    customer = Customer.objects.lock(customer.pk)
    if customer.deleted_at is not None:
        raise NotFound("customer")
    locked: Deal = Deal.objects.lock(deal.pk)
    if is_open and locked.deleted_at is not None:
        raise NotFound("deal")
    return customer, locked


def _check_who(deal: Deal, customer: Customer, code: str) -> None:
    """A deal with codes asks for one; one with domains or a list is for those alone."""
    codes = set(deal.codes.values_list("text", flat=True))
    if codes and code not in codes:
        raise invalid("redemption_code", "value_is_invalid", "This code does not open the deal.")
    listed = set(deal.customers.values_list("pk", flat=True))
    if not (codes or listed or deal.email_domains):
        raise invalid("deal", "given_by_staff_only", "This deal is given by our staff.")
    domains = {address.rpartition("@")[2].lower() for address in customer.emails}
    if (listed or deal.email_domains) and customer.pk not in listed and not domains.intersection(deal.email_domains):
        raise invalid("customer", "not_eligible_for_deal", "This deal is for others.")


def _take(taken: DealRedemption, *, wanted: str | None = None, reason: str = "") -> DealRedemption:
    deal, customer, now = taken.deal, taken.customer, taken.created_at
    taken.allowed, taken.place, taken.updated_at = deal.max_per_customer, _place(deal, customer, now), now
    _give_terms(taken, wanted, reason)
    if deal.coupon is not None:
        taken.applied_coupon = applied_coupons.give(customer, deal.coupon, now=now, reason=reason)
    if deal.granted_credits:
        taken.wallet = _give_credits(deal, customer, now, reason)
    taken.save(force_insert=True)
    deal.redeemed_count += 1
    deal.save(update_fields=["redeemed_count"])
    details = {"deal": deal.code, "source": taken.source, "redemption_code": taken.code}
    activity.record("deal.redeemed", taken, now=now, details=details, reason=reason)
    return taken


def _place(deal: Deal, customer: Customer, now: datetime) -> int:
    """Return the first place of the customer's own that is free."""
    if deal.expiration_at is not None and deal.expiration_at <= now:
        raise invalid("deal", "deal_has_ended", "This deal has ended.")
    if deal.max_redemptions is not None and deal.redeemed_count >= deal.max_redemptions:
        raise invalid("deal", "deal_is_used_up", "This deal has been taken as often as it can be.")
    if deal.currency and customer.currency not in ("", deal.currency):
        raise invalid("currency", "currencies_does_not_match", f"This deal is in {deal.currency}.")
    living = DealRedemption.objects.filter(deal=deal, customer=customer, taken_back_at=None)
    had = set(living.values_list("place", flat=True))
    if len(had) >= deal.max_per_customer:
        raise invalid("customer", "deal_already_redeemed", "This customer has had the deal.")
    return min(set(range(1, deal.max_per_customer + 1)) - had)


def _give_credits(deal: Deal, customer: Customer, now: datetime, reason: str) -> Wallet:
    ends = None
    if deal.credits_days:  # the day on which they come in is the first
        zone = preferences.terms(customer).timezone
        ends = local_midnight(local_date(now, zone) + timedelta(days=deal.credits_days), zone)
    return wallets.create(
        customer, now=now, currency=deal.currency, rate_amount=Decimal(1), name=deal.name,
        granted_credits=deal.granted_credits, expiration_at=ends, reason=reason,
    )  # fmt: skip


def _give_terms(taken: DealRedemption, wanted: str | None, reason: str) -> None:
    """Give the subscription its days and prices; make it where the deal does and there is none."""
    deal, customer = taken.deal, taken.customer
    if not (deal.trial_days or deal.plan_overrides or deal.subscribes):
        return
    living = Subscription.objects.filter(customer=customer, status__in=(Status.ACTIVE, Status.PENDING))
    named = living.filter(external_id=wanted) if wanted else living
    fits = named.filter(Q(plan=deal.plan) | Q(plan__parent=deal.plan)) if deal.plan else named
    current = fits.select_related("plan", "customer__billing_entity").order_by("status", "-id").first()
    if current is not None:
        _change(taken, current, reason)
    elif deal.plan is not None and deal.subscribes and not named.exists():
        _subscribe(taken, deal.plan, wanted or f"{customer.external_id}-{deal.code}"[:255])
    else:
        said = deal.plan or "any plan"
        raise invalid("subscription", "no_subscription_for_deal", f"The customer is not subscribed to {said}.")


def _subscribe(taken: DealRedemption, plan: Plan, external_id: str) -> None:
    deal = taken.deal
    own: dict[str, Any] = dict(deal.plan_overrides)
    if deal.trial_days:
        own["trial_period"] = plan.trial_period + deal.trial_days
    taken.prices_before = as_they_stand(plan, deal.plan_overrides)
    made = subscriptions.create(taken.customer, plan, external_id=external_id, now=taken.created_at, plan_overrides=own)
    taken.subscription, taken.is_subscribed, taken.trial_days = made, True, deal.trial_days
    taken.prices_given = as_they_stand(made.plan, deal.plan_overrides)


def _change(taken: DealRedemption, current: Subscription, reason: str) -> None:
    deal, now = taken.deal, taken.created_at
    own: dict[str, Any] = dict(deal.plan_overrides)
    is_waiting = current.status == Status.PENDING
    if deal.trial_days and is_waiting:
        own["trial_period"], taken.trial_days = current.plan.trial_period + deal.trial_days, deal.trial_days
    taken.prices_before = as_they_stand(current.plan, deal.plan_overrides)
    if own:
        current = subscriptions.update(current, now=now, reason=reason, plan_overrides=own)
    if deal.trial_days and not is_waiting and current.trial_ends_at and current.trial_ends_at > now:
        until = days_later(current.trial_ends_at, deal.trial_days, timezone_of(current))
        current = subscriptions.extend_trial(current, until=until, now=now, reason=reason)
        taken.trial_days = deal.trial_days
    taken.subscription, taken.prices_given = current, as_they_stand(current.plan, deal.plan_overrides)


def _take_back_terms(redemption: DealRedemption, customer: Customer, now: datetime, reason: str) -> None:
    """Put back the prices of the subscription, or of the one that followed it, and the end of its trial."""
    assert redemption.subscription is not None
    chain = Subscription.objects.filter(customer=customer, external_id=redemption.subscription.external_id)
    current = chain.filter(status__in=(Status.ACTIVE, Status.PENDING)).order_by("status").first()
    if current is None:
        return
    before = _still(redemption, as_they_stand(current.plan, redemption.prices_given))
    if current.status == Status.PENDING and redemption.trial_days:
        before["trial_period"] = max(current.plan.trial_period - redemption.trial_days, Decimal(0))
    if before:
        subscriptions.update(current, now=now, reason=reason, plan_overrides=before)
    if redemption.trial_days and current.status == Status.ACTIVE and current.trial_ends_at:
        zone = timezone_of(current)
        until = max(days_later(current.trial_ends_at, -redemption.trial_days, zone), days_later(now, 1, zone))
        if until < current.trial_ends_at:
            subscriptions.extend_trial(current, until=until, now=now, reason=reason)


def _still(redemption: DealRedemption, present: Mapping[str, Any]) -> dict[str, Any]:
    """Return the prices from before, of those that are still what the deal made them."""
    given, before = redemption.prices_given, redemption.prices_before
    found = {}
    if "amount_cents" in before and present.get("amount_cents") == given.get("amount_cents"):
        found["amount_cents"] = before["amount_cents"]
    for kind in ("charges", "fixed_charges"):
        unchanged = [item["code"] for item in present.get(kind) or () if item in (given.get(kind) or ())]
        if kept := [item for item in before.get(kind) or () if item["code"] in unchanged]:
            found[kind] = kept
    return found
