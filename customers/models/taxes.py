from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel


class Tax(DeletableModel):
    """A tax rate in percent. Fees keep a copy, so a change of rate never changes what was invoiced."""

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    rate = models.DecimalField("rate (%)", max_digits=12, decimal_places=5)
    description = models.CharField(max_length=600, blank=True)

    class Meta:
        verbose_name_plural = "taxes"
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="tax_code_unique"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=100), name="tax_rate_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.rate:g} %)"
