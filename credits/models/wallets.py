from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import BillingEntity, Customer
from metering.models import BillableMetric

DEFAULT_PRIORITY = 50


class Wallet(BaseModel):
    """
    Credits that a customer has to pay invoices with. `*_cents` are minor units of its currency.

    A credit is worth `rate_amount` major units for life. The balance is proved by the settled transactions: each has
    its place in their sequence and the balance after it. What usage and drafts will take is the ongoing part.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        TERMINATED = "terminated", "ended"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="wallets")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, null=True, blank=True, related_name="wallets")
    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    currency = models.CharField(max_length=3)
    rate_amount = models.DecimalField("a credit is worth", max_digits=30, decimal_places=5)
    priority = models.PositiveSmallIntegerField(default=DEFAULT_PRIORITY)  # 1 pays first
    expiration_at = models.DateTimeField("ends at", null=True, blank=True)
    terminated_at = models.DateTimeField("ended", null=True, blank=True)

    credits_balance = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    balance_cents = models.BigIntegerField("balance", default=0)
    consumed_credits = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    consumed_amount_cents = models.BigIntegerField(default=0)
    latest_sequence = models.BigIntegerField(default=0)  # of its settled transactions
    ongoing_usage_cents = models.BigIntegerField(default=0)  # what usage and drafts will take
    credits_ongoing_usage = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    last_balance_sync_at = models.DateTimeField(null=True, blank=True)
    last_consumed_credit_at = models.DateTimeField(null=True, blank=True)
    is_depleted = models.BooleanField("told of being used up", default=False)

    paid_top_up_min_amount_cents = models.BigIntegerField(null=True, blank=True)
    paid_top_up_max_amount_cents = models.BigIntegerField(null=True, blank=True)
    invoice_requires_successful_payment = models.BooleanField(default=False)
    allowed_fee_types = models.JSONField(default=list, blank=True)
    billable_metrics = models.ManyToManyField(BillableMetric, blank=True, related_name="wallets")
    purchase_order_number = models.CharField(max_length=255, blank=True)
    payment_method = models.JSONField(null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "code"], condition=Q(status="active"), name="wallet_code_unique"
            ),
            models.CheckConstraint(
                # NaN is above every number.
                condition=Q(balance_cents__gte=0, credits_balance__gte=0, credits_balance__lt=10**24),
                name="wallet_not_overdrawn",
            ),
            models.CheckConstraint(condition=Q(rate_amount__gt=0, rate_amount__lt=10**15), name="wallet_rate_positive"),
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=50), name="wallet_priority_bounds"),
        ]
        indexes = [
            models.Index(fields=["customer", "priority", "id"], name="wallet_active", condition=Q(status="active")),
            models.Index(fields=["-created_at", "-id"], name="wallet_newest"),
            models.Index(fields=["expiration_at"], name="wallet_expiring", condition=Q(status="active")),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def ongoing_balance_cents(self) -> int:
        """What will be left once usage and drafts are paid, in minor units; may be negative."""
        return self.balance_cents - self.ongoing_usage_cents


class RecurringRule(BaseModel):
    """When a wallet is filled again by itself, and by how much. A wallet has one at a time."""

    class Trigger(models.TextChoices):
        INTERVAL = "interval", "each period"
        THRESHOLD = "threshold", "when little is left"

    class Method(models.TextChoices):
        FIXED = "fixed", "by an amount"
        TARGET = "target", "up to a balance"

    class Interval(models.TextChoices):
        WEEKLY = "weekly", "week"
        MONTHLY = "monthly", "month"
        QUARTERLY = "quarterly", "quarter"
        SEMIANNUAL = "semiannual", "half year"
        YEARLY = "yearly", "year"

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="recurring_rules")
    status = models.CharField(max_length=12, choices=Wallet.Status.choices, default=Wallet.Status.ACTIVE)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    method = models.CharField(max_length=10, choices=Method.choices, default=Method.FIXED)
    interval = models.CharField(max_length=10, choices=Interval.choices, blank=True)
    paid_credits = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    granted_credits = models.DecimalField(max_digits=30, decimal_places=5, default=0)
    threshold_credits = models.DecimalField(max_digits=30, decimal_places=5, null=True, blank=True)
    target_ongoing_balance = models.DecimalField(max_digits=30, decimal_places=5, null=True, blank=True)
    grants_target_top_up = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)
    expiration_at = models.DateTimeField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)
    filled_until = models.DateTimeField(null=True, blank=True)  # the boundary that it filled at last
    invoice_requires_successful_payment = models.BooleanField(default=False)
    ignore_paid_top_up_limits = models.BooleanField(default=False)
    transaction_metadata = models.JSONField(default=list, blank=True)
    transaction_name = models.CharField(max_length=255, blank=True)
    purchase_order_number = models.CharField(max_length=255, blank=True)
    payment_method = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet"], condition=Q(status="active"), name="wallet_rule_one_active"),
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} for {self.wallet_id}"
