from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel
from customers.models import Tax
from plans.models.plans import Plan


class Commitment(BaseModel):
    """The least that a full period of a plan comes to, in minor units; what is missing is billed (M75 to M77)."""

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="minimum_commitment")
    amount_cents = models.BigIntegerField()
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="commitments")

    class Meta:
        verbose_name = "minimum commitment"
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gte=0), name="commitment_not_negative")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What invoices call it."""
        return self.invoice_display_name or "Minimum commitment - True up"
