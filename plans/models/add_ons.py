from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from customers.models import Tax


class AddOn(DeletableModel):
    """A thing sold by itself or, as a fixed charge, with a plan. `amount_cents` is the price of one, in minor units."""

    code = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    description = models.CharField(max_length=600, blank=True)
    amount_cents = models.BigIntegerField()
    amount_currency = models.CharField("currency", max_length=3)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="add_ons")

    class Meta:
        verbose_name = "add-on"
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="add_on_code_unique"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="add_on_amount_not_negative"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="add_on_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """What invoices call it."""
        return self.invoice_display_name or self.name
