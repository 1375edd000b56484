from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from customers.models import Tax
from metering.models import BillableMetric
from plans.calculations.charge_filters import ALL_VALUES
from plans.models.plans import Plan
from plans.models.pricing_units import PricingUnit


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
        CUSTOM = "custom", "by the metric's own expressions"

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
    # Prices may be in units of the company's own (credits, tokens); one of them is so many major units of currency.
    pricing_unit = models.ForeignKey(PricingUnit, models.PROTECT, null=True, blank=True, related_name="charges")
    conversion_rate = models.DecimalField(max_digits=40, decimal_places=15, null=True, blank=True)
    # The charge of the plan that this one's plan was made from.
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", editable=False)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="charges")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], condition=Q(deleted_at=None), name="charge_code_unique"),
            models.CheckConstraint(condition=Q(min_amount_cents__gte=0), name="charge_minimum_not_negative"),
            models.CheckConstraint(
                condition=Q(pricing_unit=None, conversion_rate=None)
                | Q(pricing_unit__isnull=False, conversion_rate__gt=0),
                name="charge_converted_at_a_rate",
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_display_name or self.code


class ChargeFilter(DeletableModel):
    """
    Prices of a charge for events with certain properties; what matches no filter is priced by the charge itself.

    `values` maps each property to the values it may have: `["__ALL_FILTER_VALUES__"]` stands for all that the metric
    knows of it. Which of several filters an event belongs to is said in `calculations.charge_filters`.
    """

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="filters")
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    properties = models.JSONField(default=dict)
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["charge"], name="charge_filter_live", condition=Q(deleted_at=None))]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What invoices call it: its name, else its values (the property's name where all are meant)."""
        named = [key if values == [ALL_VALUES] else ", ".join(values) for key, values in self.values.items()]
        return self.invoice_display_name or ", ".join(named)
