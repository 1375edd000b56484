from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from customers.models import Tax
from metering.models import BillableMetric
from plans.models.plans import Plan


class Charge(DeletableModel):
    """The price of one metric on one plan; `properties` are prices as `charge_models.properties` reads them."""

    class Model(models.TextChoices):
        STANDARD = "standard", "per unit"
        GRADUATED = "graduated", "graduated tiers"
        PACKAGE = "package", "per package"
        PERCENTAGE = "percentage", "percentage"
        VOLUME = "volume", "volume tiers"
        GRADUATED_PERCENTAGE = "graduated_percentage", "graduated percentage"
        DYNAMIC = "dynamic", "price sent with each event"

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="charges")
    billable_metric = models.ForeignKey(BillableMetric, models.PROTECT, related_name="charges")
    code = models.CharField(max_length=255)
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    charge_model = models.CharField("priced", max_length=30, choices=Model.choices)
    properties = models.JSONField(default=dict)
    pay_in_advance = models.BooleanField(default=False)
    invoiceable = models.BooleanField(default=True)
    regroup_paid_fees = models.CharField(max_length=20, blank=True)
    prorated = models.BooleanField(default=False)
    min_amount_cents = models.BigIntegerField(default=0)
    accepts_target_wallet = models.BooleanField(default=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", editable=False)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="charges")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], condition=Q(deleted_at=None), name="charge_code_unique"),
            models.CheckConstraint(condition=Q(min_amount_cents__gte=0), name="charge_minimum_not_negative"),
        ]

    def __str__(self) -> str:
        return self.invoice_display_name or self.code
