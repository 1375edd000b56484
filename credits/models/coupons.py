from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel
from customers.models import Customer
from metering.models import BillableMetric
from plans.models import Plan


class Frequency(models.TextChoices):
    ONCE = "once", "once"
    RECURRING = "recurring", "for a number of invoices"
    FOREVER = "forever", "on every invoice"


class CouponType(models.TextChoices):
    FIXED_AMOUNT = "fixed_amount", "fixed amount"
    PERCENTAGE = "percentage", "percentage"


class Discount(models.Model):
    """The terms of a discount: an amount in minor units with its currency, or a percentage; and how often."""

    amount_cents = models.BigIntegerField(null=True, blank=True)
    amount_currency = models.CharField("currency", max_length=3, blank=True)
    percentage_rate = models.DecimalField("percent", max_digits=10, decimal_places=5, null=True, blank=True)
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    frequency_duration = models.PositiveSmallIntegerField("number of invoices", null=True, blank=True)

    class Meta:
        abstract = True


class Coupon(Discount, DeletableModel):
    """A discount that can be given to customers."""

    class Expiration(models.TextChoices):
        NEVER = "no_expiration", "never"
        TIME_LIMIT = "time_limit", "at a date"

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        TERMINATED = "terminated", "ended"

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    coupon_type = models.CharField(max_length=15, choices=CouponType.choices)
    reusable = models.BooleanField("may be given to a customer again", default=True)
    expiration = models.CharField(max_length=15, choices=Expiration.choices, default=Expiration.NEVER)
    expiration_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE, editable=False)
    terminated_at = models.DateTimeField(null=True, blank=True, editable=False)
    plans = models.ManyToManyField(Plan, blank=True, related_name="coupons")
    billable_metrics = models.ManyToManyField(BillableMetric, blank=True, related_name="coupons")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="coupon_code_unique"),
            models.CheckConstraint(
                condition=Q(coupon_type="percentage", percentage_rate__gt=0)
                | Q(coupon_type="fixed_amount", amount_cents__gt=0),
                name="coupon_terms",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="coupon_newest")]

    def __str__(self) -> str:
        return self.name


class AppliedCoupon(Discount, BaseModel):
    """A coupon that a customer has, with the terms as they were given."""

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        TERMINATED = "terminated", "used up or ended"

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="applied_coupons")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="applied_coupons")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    # What is left of a fixed amount given once, in minor units; null for every other kind.
    remaining_cents = models.BigIntegerField(null=True, blank=True)
    frequency_duration_remaining = models.PositiveSmallIntegerField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining_cents=None) | Q(remaining_cents__gte=0), name="applied_coupon_not_overdrawn"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "id"], name="applied_coupon_active", condition=Q(status="active")),
            models.Index(fields=["-created_at", "-id"], name="applied_coupon_newest"),
        ]

    def __str__(self) -> str:
        return self.coupon.name
