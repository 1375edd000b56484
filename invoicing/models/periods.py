from django.db import models
from django.db.models import F, Q

from billing_site.core.models import BaseModel
from customers.models import Customer
from invoicing.models.invoices import Invoice
from plans.calculations import schedules
from plans.models import Subscription


class BilledPeriod(models.Model):
    """
    A time of a subscription that has been billed, half-open.

    Rows of one (subscription, kind) form a chain: each names the end of the one before it (null for the first), by a
    foreign key to that end, and no two name the same; so no two can overlap, by keys alone (house decision 9). The
    composite foreign key is in the migration.
    """

    class Kind(models.TextChoices):
        PLAN_FEE = schedules.Kind.PLAN_FEE.value, "plan fee"
        USAGE = schedules.Kind.USAGE.value, "usage"
        USAGE_IN_ADVANCE = schedules.Kind.USAGE_IN_ADVANCE.value, "usage in advance of recurring metrics"
        FIXED_IN_ARREARS = schedules.Kind.FIXED_IN_ARREARS.value, "fixed charges in arrears"
        FIXED_IN_ADVANCE = schedules.Kind.FIXED_IN_ADVANCE.value, "fixed charges in advance"
        COMMITMENT = schedules.Kind.COMMITMENT.value, "minimum commitment"

    id = models.BigAutoField(primary_key=True)
    # The chain's own keys find them.
    subscription = models.ForeignKey(Subscription, models.PROTECT, db_index=False, related_name="billed_periods")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    previous_end = models.DateTimeField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="billed_periods")

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "previous_end"], nulls_distinct=False, name="period_one_successor"
            ),
            models.UniqueConstraint(fields=["subscription", "kind", "ends_at"], name="period_one_end"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="period_not_empty"),
            models.CheckConstraint(
                condition=Q(previous_end=None) | Q(starts_at__gte=F("previous_end")), name="period_after_previous"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"


class BillingRun(BaseModel):
    """One run over all that was due: what staff see of its progress and outcome."""

    business_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    customers_done = models.PositiveIntegerField(default=0)
    invoices_made = models.PositiveIntegerField(default=0)
    customers_parked = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="billing_run_newest")]

    def __str__(self) -> str:
        return f"Billing of {self.business_at:%Y-%m-%d %H:%M}"


class ParkedCustomer(BaseModel):
    """A customer that could not be billed: left out of runs until somebody has looked and tries again."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="parked")
    reason = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.customer}: {self.reason[:80]}"
