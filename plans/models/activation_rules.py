from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from plans.models.subscriptions import Subscription


class ActivationRule(BaseModel):
    """What a subscription waits for before it begins: that its first invoice is paid, within so many hours."""

    class Type(models.TextChoices):
        PAYMENT = "payment", "its first invoice is paid"

    class Status(models.TextChoices):
        INACTIVE = "inactive", "not yet looked at"
        PENDING = "pending", "waits"
        SATISFIED = "satisfied", "met"
        DECLINED = "declined", "given up"
        FAILED = "failed", "failed"
        EXPIRED = "expired", "too late"
        NOT_APPLICABLE = "not_applicable", "nothing to wait for"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="activation_rules")
    type = models.CharField(max_length=10, choices=Type.choices)
    timeout_hours = models.PositiveIntegerField("hours", default=0)  # 0: it waits for ever
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.INACTIVE)
    # When the subscription would have begun, and what was to be paid begins.
    waits_since = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "type"], name="activation_rule_once"),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(waits_since__isnull=False), name="activation_rule_waits_since"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="activation_rule_expires", condition=Q(status="pending"))]

    def __str__(self) -> str:
        return self.get_type_display()
