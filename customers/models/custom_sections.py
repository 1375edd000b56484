from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel


class InvoiceCustomSection(DeletableModel):
    """A text that invoices print; final invoices keep a copy."""

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)  # for staff
    display_name = models.CharField("heading", max_length=255, blank=True)
    details = models.TextField("text", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="custom_section_code_unique")
        ]

    def __str__(self) -> str:
        return self.name
