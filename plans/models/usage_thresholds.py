from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from plans.models.plans import Plan
from plans.models.subscriptions import Subscription


class UsageThreshold(DeletableModel):
    """
    What usage must come to over the life of a subscription to be billed at once, in minor units.

    It is a plan's, or one subscription's, which then has none of its plan's. A recurring one is a step: it is reached
    again each time that usage has grown by so much.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="usage_thresholds")
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, null=True, blank=True, related_name="usage_thresholds"
    )
    amount_cents = models.BigIntegerField()
    threshold_display_name = models.CharField("name", max_length=255, blank=True)
    recurring = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(plan=None, subscription__isnull=False) | Q(plan__isnull=False, subscription=None),
                name="threshold_has_one_owner",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="threshold_positive"),
            models.UniqueConstraint(
                fields=["plan", "amount_cents", "recurring"], condition=Q(deleted_at=None), name="threshold_once_a_plan"
            ),
            models.UniqueConstraint(
                fields=["subscription", "amount_cents", "recurring"],
                condition=Q(deleted_at=None),
                name="threshold_once_a_subscription",
            ),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(deleted_at=None, recurring=True), name="threshold_one_step_a_plan"
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(deleted_at=None, recurring=True),
                name="threshold_one_step_a_subscription",
            ),
        ]

    def __str__(self) -> str:
        return self.threshold_display_name or f"{'each ' if self.recurring else ''}{self.amount_cents}"


class UsageMark(models.Model):
    """
    Usage of a subscription, or its thresholds, may have changed since they were last held against each other.

    Rows are only added; whoever has looked at a subscription deletes those that it read before, so that none is lost.
    """

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="usage_marks")
    created_at = models.DateTimeField()

    objects = models.Manager()

    def __str__(self) -> str:
        return f"{self.subscription_id} at {self.created_at}"
