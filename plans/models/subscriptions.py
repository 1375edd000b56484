from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from customers.models import BillingEntity, Customer
from plans.models.plans import Plan


class Subscription(BaseModel):
    """
    A customer's agreement to a plan, since when and until when.

    `billing_at` is derived (plans.calculations.schedules) and kept for the index: the instant at which the next thing
    is due, never before `billable_from`.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "not yet begun"
        ACTIVE = "active", "active"
        TERMINATED = "terminated", "ended"
        CANCELED = "canceled", "canceled before it began"
        INCOMPLETE = "incomplete", "waits for its first payment"

    class BillingTime(models.TextChoices):
        CALENDAR = "calendar", "calendar periods"
        ANNIVERSARY = "anniversary", "from the day it began"

    external_id = models.CharField("subscription id", max_length=255)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    billing_time = models.CharField(max_length=12, choices=BillingTime.choices, default=BillingTime.CALENDAR)
    # The anchor of its periods; when it began may be later (an upgrade keeps the anchor).
    subscription_at = models.DateTimeField("anchor")
    started_at = models.DateTimeField(null=True, blank=True)
    ending_at = models.DateTimeField("ends", null=True, blank=True)
    # The last alert of its coming end, in days before it.
    alerted_days = models.PositiveSmallIntegerField(null=True, editable=False)
    terminated_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    cancellation_reason = models.CharField(max_length=40, blank=True)
    # The first subscription of a chain under one external id decides when its trial ends (rule M31).
    trial_ends_at = models.DateTimeField("trial ends", null=True, blank=True)
    trial_ended_at = models.DateTimeField(null=True, blank=True)
    previous_subscription = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="next_subscriptions"
    )
    # When the subscription that waits with another plan takes over; one that was taken over lost that very day to it.
    change_at = models.DateTimeField("plan changes", null=True, blank=True, editable=False)
    is_replaced = models.BooleanField(default=False, editable=False)
    is_prorated = models.BooleanField(default=True, editable=False)  # the change shares its period by days
    # When it was paused and when it went on, in turn; an odd number: it is paused now.
    pauses = ArrayField(models.DateTimeField(), default=list, editable=False)
    # The beginnings of those whose time is credited where it was paid in advance.
    credited_pauses = ArrayField(models.DateTimeField(), default=list, editable=False)
    # The plan's fee is not due before: the period was paid whole at the price of the plan before.
    fee_from = models.DateTimeField(null=True, editable=False)
    on_termination_credit_note = models.CharField(max_length=10, blank=True)
    on_termination_invoice = models.CharField(max_length=10, default="generate")
    consolidate_invoice = models.BooleanField(default=True)
    purchase_order_number = models.CharField(max_length=255, blank=True)
    payment_method = models.JSONField(null=True, blank=True)  # a reference (customers.selectors.payment_methods)
    progressive_billing_disabled = models.BooleanField(default=False)
    # What was used before it was billed here, as the seller says; minor units. It goes over to what follows it.
    historical_usage_amount_cents = models.BigIntegerField(default=0)
    # Time before this is never billed (rule M144).
    billable_from = models.DateTimeField(null=True, editable=False)
    billing_at = models.DateTimeField("next billing", null=True, editable=False)

    class Meta:
        constraints = [
            # What the keys of fees point to.
            models.UniqueConstraint(fields=["id", "customer"], name="subscription_of_one_customer"),
            models.UniqueConstraint(
                fields=["external_id"], condition=Q(status="active"), name="subscription_one_active"
            ),
            models.UniqueConstraint(
                fields=["previous_subscription"], condition=Q(status="pending"), name="subscription_one_waits"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "terminated"]) | Q(started_at__isnull=False),
                name="subscription_started",
            ),
            models.CheckConstraint(
                condition=Q(ending_at=None) | Q(ending_at__gt=F("subscription_at")),
                name="subscription_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(historical_usage_amount_cents__gte=0), name="subscription_historical_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["billing_at", "customer"], name="subscription_due", condition=Q(billing_at__isnull=False)
            ),
            models.Index(fields=["subscription_at"], name="subscription_begins", condition=Q(status="pending")),
            models.Index(fields=["ending_at"], name="subscription_ends", condition=Q(status="active")),
            models.Index(
                fields=["change_at"], name="subscription_changes", condition=Q(status="active", change_at__isnull=False)
            ),
            models.Index(fields=["external_id", "-id"], name="subscription_external_id"),
            models.Index(fields=["-created_at", "-id"], name="subscription_newest"),
            models.Index(fields=["trial_ends_at"], name="subscription_trials", condition=Q(status="active")),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id

    @property
    def paused_at(self) -> datetime | None:
        """Since when it has been paused, if it is."""
        return self.pauses[-1] if len(self.pauses) % 2 else None
