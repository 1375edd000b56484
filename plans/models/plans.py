from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from customers.models import Tax


class Plan(DeletableModel):
    """A price list: a fee for each interval, and charges for what is used. Amounts are minor units."""

    class Interval(models.TextChoices):
        WEEKLY = "weekly", "week"
        MONTHLY = "monthly", "month"
        QUARTERLY = "quarterly", "quarter"
        SEMIANNUAL = "semiannual", "half-year"
        YEARLY = "yearly", "year"

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    description = models.CharField(max_length=600, blank=True)
    interval = models.CharField("billed every", max_length=12, choices=Interval.choices)
    amount_cents = models.BigIntegerField()
    amount_currency = models.CharField("currency", max_length=3)
    trial_period = models.DecimalField("trial (days)", max_digits=8, decimal_places=3, default=0)
    pay_in_advance = models.BooleanField("fee is paid in advance", default=False)
    # Only meaningful for yearly and half-yearly plans; null elsewhere.
    bill_charges_monthly = models.BooleanField(null=True, blank=True)
    bill_fixed_charges_monthly = models.BooleanField(null=True, blank=True)
    # A plan made for one customer keeps the code of the plan it was made from.
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", editable=False)
    pending_deletion = models.BooleanField(default=False, editable=False)
    metadata = models.JSONField(null=True, blank=True)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="plans")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(deleted_at=None, parent=None), name="plan_code_unique"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="plan_amount_not_negative"),
            models.CheckConstraint(condition=Q(trial_period__gte=0), name="plan_trial_not_negative"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="plan_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """What invoices call this plan."""
        return self.invoice_display_name or self.name
