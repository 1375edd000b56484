"""What a staff page shows of the floors above its object, and what a rehearsal compares: the module STAFF_PAGES."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import models

from billing_site.admin import (
    batch_page,
    customer_page,
    deal_page,
    other_pages,
    outlooks,
    plan_page,
    price_change_page,
    request_page,
)
from billing_site.core.admin.panels import Page, Sections
from billing_site.core.models import Activity, StaffBatch, StaffRequest
from credits.models import AppliedCoupon, Deal, DealRedemption, Wallet
from customers.models import Customer
from invoicing.models import Invoice
from plans.models import Charge, ChargeFilter, FixedCharge, Plan, PriceChange, Subscription

PAGES: dict[type[models.Model], Callable[..., Page]] = {
    Customer: customer_page.page,
    Deal: deal_page.page,
    DealRedemption: deal_page.redemption_page,
    Subscription: other_pages.subscription_page,
    Plan: plan_page.plan_page,
    Charge: plan_page.charge_page,
    ChargeFilter: plan_page.filter_page,
    FixedCharge: plan_page.fixed_charge_page,
    PriceChange: price_change_page.page,
    Invoice: other_pages.invoice_page,
    StaffBatch: batch_page.page,
    StaffRequest: request_page.page,
}
OUTLOOKS: dict[type[models.Model], Callable[..., Sections]] = {
    Customer: outlooks.of_customer,
    AppliedCoupon: lambda given, *, now: outlooks.of_customer(given.customer, now=now),
    DealRedemption: lambda taken, *, now: outlooks.of_customer(taken.customer, now=now),
    Subscription: outlooks.of_subscription,
    StaffRequest: request_page.outlook,
    Wallet: lambda wallet, *, now: outlooks.of_customer(wallet.customer, now=now),
}


# Those with a next invoice can be asked for another day.
FORESEEING = (Customer, Subscription)


def page(obj: models.Model, *, now: datetime, on: str = "") -> Page:
    """Return the panels of an object's page."""
    make: Any = PAGES.get(type(obj))
    if make is None:
        return Page()
    page: Page = make(obj, now=now, on=on) if isinstance(obj, FORESEEING) else make(obj, now=now)
    return page


def outlook(subject: models.Model, *, now: datetime) -> Sections:
    """Return what lies ahead of an object."""
    see: Any = OUTLOOKS.get(type(subject))
    return see(subject, now=now) if see else {}


def totals(subjects: Sequence[models.Model], *, now: datetime) -> Sections:
    """Return what the customers of these objects will be asked for next, together."""
    return outlooks.of_many(subjects, now=now)


def consequences(activities: Sequence[Activity], *, now: datetime) -> Sections:
    """Return the documents that activities made, and the mails about them."""
    return outlooks.consequences(activities)
