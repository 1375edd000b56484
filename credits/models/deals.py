from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel, DeletableModel
from credits.models.coupons import AppliedCoupon, Coupon
from credits.models.wallets import Wallet
from customers.models import Customer
from plans.models import Plan, Subscription


class Deal(DeletableModel):
    """
    A discount, prepaid credits, days of trial and prices, given together under one name.

    Customers redeem it themselves where they may (`codes`, `email_domains`, `customers`); staff give it to anybody.
    `redeemed_count` counts those who have it, under the deal's lock; a constraint keeps it within `max_redemptions`.
    """

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)

    email_domains = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    customers = models.ManyToManyField(Customer, blank=True, related_name="deals")
    max_redemptions = models.PositiveIntegerField("times in all", null=True, blank=True)
    max_per_customer = models.PositiveSmallIntegerField("times for a customer", default=1)
    expiration_at = models.DateTimeField("can be had until", null=True, blank=True)
    redeemed_count = models.PositiveIntegerField("taken", default=0, editable=False)

    # Holds the terms of the discount; made by the deal, and given by it alone.
    coupon = models.OneToOneField(Coupon, models.PROTECT, null=True, blank=True, related_name="deal", editable=False)
    currency = models.CharField(max_length=3, blank=True)
    # Worth a major unit of the currency each, in a wallet of their own; usable for so many days, or for ever.
    granted_credits = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    credits_days = models.PositiveSmallIntegerField("days to use credits", null=True, blank=True)
    trial_days = models.PositiveSmallIntegerField("days of trial", default=0)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="deals")
    plan_overrides = models.JSONField("prices", default=dict, blank=True)  # as the API takes them
    subscribes = models.BooleanField("subscribes those who are not yet", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="deal_code_unique"),
            models.CheckConstraint(
                condition=Q(max_redemptions=None) | Q(redeemed_count__lte=F("max_redemptions")),
                name="deal_within_limit",
            ),
            models.CheckConstraint(condition=Q(max_per_customer__gte=1), name="deal_once_at_least"),
            models.CheckConstraint(
                # NaN is above every number.
                condition=Q(granted_credits=0)
                | (Q(granted_credits__gt=0, granted_credits__lt=10**15) & ~Q(currency="")),
                name="deal_credits_in_currency",
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=False) | Q(plan_overrides={}, subscribes=False), name="deal_prices_of_a_plan"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="deal_newest")]

    def __str__(self) -> str:
        return self.name


class DealCode(models.Model):
    """A word that opens a deal, in capitals; no two deals share one."""

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="codes")
    text = models.CharField(max_length=100, unique=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return self.text


class DealRedemption(BaseModel):
    """
    That a customer took a deal, with all that it gave: what it costs is read from there.

    `place` counts the customer's own from 1 up to `allowed`, the limit of that moment; one that was taken back leaves
    its place. `trial_days` and `prices_before` are what it did to the subscription.
    """

    class Source(models.TextChoices):
        STAFF = "staff", "by staff"
        API = "api", "over the API"
        PORTAL = "portal", "by the customer"

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="deal_redemptions")
    place = models.PositiveSmallIntegerField(editable=False)
    allowed = models.PositiveSmallIntegerField(editable=False)
    source = models.CharField("how", max_length=10, choices=Source.choices)
    code = models.CharField(max_length=100, blank=True)
    applied_coupon = models.OneToOneField(
        AppliedCoupon, models.PROTECT, null=True, related_name="deal_redemption", verbose_name="discount"
    )
    wallet = models.OneToOneField(Wallet, models.PROTECT, null=True, related_name="deal_redemption")
    subscription = models.ForeignKey(Subscription, models.PROTECT, null=True, related_name="deal_redemptions")
    is_subscribed = models.BooleanField("subscribed by it", default=False)
    trial_days = models.PositiveSmallIntegerField(default=0)
    prices_before = models.JSONField(default=dict)
    prices_given = models.JSONField("prices", default=dict)
    taken_back_at = models.DateTimeField("taken back", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "customer", "place"], condition=Q(taken_back_at=None), name="deal_place_unique"
            ),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=F("allowed")), name="deal_place_allowed"),
        ]
        indexes = [models.Index(fields=["deal", "-id"], name="deal_redemption_newest")]

    def __str__(self) -> str:
        return self.deal.name
