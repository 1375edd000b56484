from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel
from plans.models.plans import Plan
from plans.models.subscriptions import Subscription


class Feature(DeletableModel):
    """Something an application may allow its customers, with privileges that say how much of it."""

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=600, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="feature_code_unique"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="feature_newest")]

    def __str__(self) -> str:
        return self.name or self.code


class Privilege(DeletableModel):
    """One setting of a feature. `config` holds the options of a choice."""

    class ValueType(models.TextChoices):
        INTEGER = "integer", "number"
        BOOLEAN = "boolean", "yes or no"
        STRING = "string", "text"
        SELECT = "select", "choice"

    feature = models.ForeignKey(Feature, models.CASCADE, related_name="privileges")
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    value_type = models.CharField(max_length=10, choices=ValueType.choices, default=ValueType.STRING)
    config = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "code"], condition=Q(deleted_at=None), name="privilege_code_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class PlanEntitlement(BaseModel):
    """A feature that a plan comes with: `values` by the code of the privilege."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="entitlements")
    feature = models.ForeignKey(Feature, models.CASCADE, related_name="plan_entitlements")
    values = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "feature"], name="plan_entitlement_once")]

    def __str__(self) -> str:
        return f"{self.feature_id} of plan {self.plan_id}"


class SubscriptionEntitlement(BaseModel):
    """What one subscription has other than its plan: values of its own, and what was taken away from it."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="entitlements")
    feature = models.ForeignKey(Feature, models.CASCADE, related_name="subscription_entitlements")
    values = models.JSONField(default=dict)
    is_removed = models.BooleanField(default=False)
    removed_privileges = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "feature"], name="subscription_entitlement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} of subscription {self.subscription_id}"
