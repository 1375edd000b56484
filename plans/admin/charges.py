"""The pages of charges, their filters and fixed charges; they are reached from the page of their plan."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing_site.core.admin.base import StaffAdmin
from plans.models import Charge, ChargeFilter, FixedCharge

MADE = "They are added on the page of a plan."


@admin.register(Charge)
class ChargeAdmin(StaffAdmin):
    list_display = ("__str__", "plan", "billable_metric", "charge_model")
    list_select_related = ("plan", "billable_metric")
    search_fields = ("code__istartswith",)
    empty_says = MADE

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Return charges with what their pages show."""
        related = ("plan", "billable_metric", "pricing_unit", "parent")
        return super().get_queryset(request).select_related(*related)


@admin.register(ChargeFilter)
class ChargeFilterAdmin(StaffAdmin):
    list_display = ("__str__", "charge")
    list_select_related = ("charge",)
    empty_says = MADE


@admin.register(FixedCharge)
class FixedChargeAdmin(StaffAdmin):
    list_display = ("__str__", "plan", "charge_model", "units")
    list_select_related = ("plan", "add_on")
    empty_says = MADE
