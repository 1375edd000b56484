from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import Customer
from invoicing.models.invoices import Invoice
from invoicing.models.periods import BilledPeriod


class LateUsage(BaseModel):
    """
    Usage of a time that came in after the invoice of that time was final.

    What of it is billed has fees that point here, with the bounds of that time. `amount_cents` is what it came to when
    somebody last looked, before coupons and taxes; less than nothing where later usage makes a time cheaper.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waits for the next invoice"
        LISTED = "listed", "to be looked at"
        BILLED = "billed", "billed"
        DISMISSED = "dismissed", "given up"

    OPEN: ClassVar = (Status.WAITING, Status.LISTED)

    period = models.ForeignKey(BilledPeriod, models.PROTECT, db_index=False, related_name="late_usages")
    number = models.PositiveIntegerField(editable=False)  # of those of the period
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="late_usages")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.LISTED)
    is_priced = models.BooleanField(default=False, editable=False)  # False: more has come in since somebody looked
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="late_usages")
    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField(default=0)
    # What of that is covered by what was billed to reach the plan's minimum commitment.
    committed_amount_cents = models.BigIntegerField(default=0)
    # By charge, filter and group: [{charge, filter, groups, is_usage, units, events_count, amount_cents}]
    lines = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "late usage"
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="late_usage_number_once"),
            models.UniqueConstraint(
                fields=["period"], condition=Q(status__in=["waiting", "listed"]), name="late_usage_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="billed", invoice__isnull=False) | (~Q(status="billed") & Q(invoice=None)),
                name="late_usage_billed_on_invoice",
            ),
            models.CheckConstraint(
                condition=Q(committed_amount_cents__gte=0), name="late_usage_committed_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="late_usage_waiting", condition=Q(status="waiting")),
            models.Index(fields=["id"], name="late_usage_unpriced", condition=Q(is_priced=False)),
            models.Index(fields=["-created_at", "-id"], name="late_usage_newest"),
        ]

    def __str__(self) -> str:
        return f"Late usage of {self.period}"
