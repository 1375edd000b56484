from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel
from credits.models import Wallet
from customers.models import Customer
from metering.models import BillableMetric


class Alert(DeletableModel):
    """
    Somebody wants to be told when a value crosses thresholds: usage of a subscription, or a wallet's balance.

    Amounts are minor units, units are units, credits are credits. An alert follows an external id, so that it outlives
    a change of plan. `looks` counts how often the value was looked at and had changed.
    """

    class Type(models.TextChoices):
        USAGE = "current_usage_amount", "amount of current usage"
        METRIC_AMOUNT = "billable_metric_current_usage_amount", "amount of a metric's current usage"
        METRIC_UNITS = "billable_metric_current_usage_units", "units of a metric's current usage"
        LIFETIME = "lifetime_usage_amount", "amount of usage since the start"
        BALANCE = "wallet_balance_amount", "balance of a wallet"
        CREDITS = "wallet_credits_balance", "credits of a wallet"
        ONGOING_BALANCE = "wallet_ongoing_balance_amount", "ongoing balance of a wallet"
        ONGOING_CREDITS = "wallet_credits_ongoing_balance", "ongoing credits of a wallet"

    OF_METRICS = (Type.METRIC_AMOUNT, Type.METRIC_UNITS)
    OF_SUBSCRIPTIONS = (Type.USAGE, Type.LIFETIME, *OF_METRICS)
    OF_WALLETS = (Type.BALANCE, Type.CREDITS, Type.ONGOING_BALANCE, Type.ONGOING_CREDITS)

    external_subscription_id = models.CharField(max_length=255, blank=True)
    wallet = models.ForeignKey(Wallet, models.PROTECT, null=True, blank=True, related_name="alerts")
    billable_metric = models.ForeignKey(BillableMetric, models.PROTECT, null=True, blank=True, related_name="alerts")
    alert_type = models.CharField("watches the", max_length=50, choices=Type.choices)
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    previous_value = models.DecimalField("value last seen", max_digits=40, decimal_places=15, default=0)
    seen_period_from = models.DateTimeField(null=True, editable=False)  # usage begins anew with each period
    last_processed_at = models.DateTimeField("last looked", null=True, blank=True)
    looks = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(external_subscription_id="", wallet__isnull=False)
                | (~Q(external_subscription_id="") & Q(wallet=None)),
                name="alert_watches_one_thing",
            ),
            models.UniqueConstraint(
                fields=["external_subscription_id", "wallet", "code"],
                condition=Q(deleted_at=None),
                name="alert_code_unique",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["external_subscription_id", "wallet", "alert_type", "billable_metric"],
                condition=Q(deleted_at=None),
                name="alert_once_for_a_value",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["id"], name="alert_live", condition=Q(deleted_at=None))]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def grows(self) -> bool:
        """Test if the value is watched as it grows, and not as it falls."""
        return self.wallet_id is None


class AlertThreshold(BaseModel):
    """A value at which an alert is told; a recurring one is a step beyond the last of the others."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="thresholds")
    value = models.DecimalField(max_digits=30, decimal_places=15)
    code = models.CharField(max_length=255, blank=True)
    recurring = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "value", "recurring"], name="alert_threshold_value_unique"),
            models.UniqueConstraint(
                fields=["alert"], condition=Q(recurring=True), name="alert_one_recurring_threshold"
            ),
            models.CheckConstraint(condition=Q(recurring=False) | Q(value__gt=0), name="alert_step_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.value.normalize():f}"


class TriggeredAlert(BaseModel):
    """An alert that was told: the values it saw, and the thresholds between them. One at most for each look."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="triggered")
    look = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    subscription_id = models.BigIntegerField(null=True)  # the one that had the external id then
    current_value = models.DecimalField(max_digits=40, decimal_places=15)
    previous_value = models.DecimalField(max_digits=40, decimal_places=15)
    crossed_thresholds = models.JSONField()  # [{"code", "value" as text, "recurring"}]
    triggered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "look"], name="alert_told_once_for_a_look")]

    def __str__(self) -> str:
        return f"{self.alert}"
