from django.db import models

from billing_site.core.models import BaseModel


class PricingUnit(BaseModel):
    """A unit of the company's own in which charges may be priced, such as credits; hundredths of it are counted."""

    code = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    short_name = models.CharField(max_length=3, help_text="Printed beside amounts, e.g. CR.")
    description = models.CharField(max_length=600, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="pricing_unit_newest")]

    def __str__(self) -> str:
        return self.name
