from django.db import models
from django.db.models import Q

from invoicing.models.invoices import Invoice
from plans.models import UsageThreshold


class AppliedUsageThreshold(models.Model):
    """A threshold that usage had reached when a progressive invoice was made, as it was then; minor units."""

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="applied_usage_thresholds")
    usage_threshold = models.ForeignKey(UsageThreshold, models.PROTECT, related_name="applied")
    threshold_display_name = models.CharField(max_length=255, blank=True)
    amount_cents = models.BigIntegerField()
    recurring = models.BooleanField()
    lifetime_usage_amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "usage_threshold"], name="threshold_once_on_invoice"),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, lifetime_usage_amount_cents__gte=0), name="applied_threshold_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} at {self.lifetime_usage_amount_cents}"


class ProgressiveCredit(models.Model):
    """
    What an invoice takes off for usage that a progressive invoice has billed before, before taxes (rule M14).

    A trigger keeps what is taken off for a progressive invoice within what it billed.
    """

    id = models.BigAutoField(primary_key=True)
    lago_id = models.UUIDField(unique=True)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="progressive_credits")
    progressive_invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credited_on")
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "progressive_invoice"], name="progressive_credit_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="progressive_credit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.progressive_invoice_id}"
