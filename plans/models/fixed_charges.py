from django.db import models
from django.db.models import Q

from billing_site.core.models import DeletableModel
from customers.models import Tax
from plans.models.add_ons import AddOn
from plans.models.plans import Plan
from plans.models.subscriptions import Subscription


class FixedCharge(DeletableModel):
    """
    A number of add-ons that a plan comes with, priced but not metered.

    `units` are the plan's latest; since when they hold, and for whom, is in `FixedChargeUnits`.
    """

    class Model(models.TextChoices):
        STANDARD = "standard", "per unit"
        GRADUATED = "graduated", "graduated tiers"
        VOLUME = "volume", "volume tiers"

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="fixed_charges")
    add_on = models.ForeignKey(AddOn, models.PROTECT, related_name="fixed_charges")
    code = models.CharField(max_length=255)
    invoice_display_name = models.CharField("name on invoices", max_length=255, blank=True)
    charge_model = models.CharField("priced", max_length=30, choices=Model.choices)
    properties = models.JSONField(default=dict)
    units = models.DecimalField(max_digits=30, decimal_places=10, default=0)
    pay_in_advance = models.BooleanField(default=False)
    prorated = models.BooleanField(default=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", editable=False)
    taxes = models.ManyToManyField(Tax, blank=True, related_name="fixed_charges")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], condition=Q(deleted_at=None), name="fixed_charge_code_unique"
            ),
            models.CheckConstraint(condition=Q(units__gte=0), name="fixed_charge_units_not_negative"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What invoices call it."""
        return self.invoice_display_name or self.add_on.display_name


class FixedChargeUnits(models.Model):
    """
    A change of a fixed charge's units: for all subscriptions of its plan, or for one alone.

    From when it counts is derived (plans.calculations.fixed_units): at once, or from the subscription's next period.
    Rows are never changed, but for the mark that a change at once has been billed.
    """

    id = models.BigAutoField(primary_key=True)
    fixed_charge = models.ForeignKey(FixedCharge, models.CASCADE, related_name="units_changes")
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, null=True, blank=True, related_name="fixed_charge_units"
    )
    units = models.DecimalField(max_digits=30, decimal_places=10)
    changed_at = models.DateTimeField()
    at_once = models.BooleanField(default=False)
    # Only a change at once of what is paid in advance is billed by itself.
    awaits_billing = models.BooleanField(default=False)

    objects = models.Manager()

    class Meta:
        verbose_name_plural = "units of fixed charges"
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=0), name="fixed_units_not_negative"),
        ]
        indexes = [
            models.Index(fields=["fixed_charge", "id"], name="fixed_units_of_charge"),
            models.Index(fields=["changed_at", "id"], name="fixed_units_to_bill", condition=Q(awaits_billing=True)),
        ]

    def __str__(self) -> str:
        return f"{self.units:f} of {self.fixed_charge_id}"
