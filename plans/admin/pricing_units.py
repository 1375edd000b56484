"""Pricing units: credits, tokens or whatever else prices may be written in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.base import StaffAdmin
from billing_site.core.admin.fields import line, paragraph
from billing_site.core.admin.forms import ActionForm
from plans.models import PricingUnit
from plans.services import pricing_units

FIELDS = ("name", "short_name", "description")


@admin.register(PricingUnit)
class PricingUnitAdmin(StaffAdmin):
    list_display = ("name", "code", "short_name", "description")
    search_fields = ("name__istartswith", "code__istartswith")
    empty_says = "Prices may be in credits or tokens of your own, made by “Make a pricing unit” above."


class PricingUnitForm(ActionForm):
    name = line("Name", help_text="Such as credits.")
    short_name = line("Printed beside amounts", max_length=3, help_text="At most three letters, such as CR.")
    description = paragraph("Description")


class NewPricingUnitForm(PricingUnitForm):
    code = line("Code")
    field_order = ("name", "code", "short_name", "description")


class PricingUnitAction(CatalogueAction):
    """What is shown beside the form of a pricing unit."""

    subject = PricingUnit

    def facts(self, subject: PricingUnit, *, now: datetime) -> Mapping[str, str]:
        return {"Name": subject.name, "Code": subject.code, "On invoices": f"12.50 {subject.short_name}"}


@staff_action
class MakePricingUnit(PricingUnitAction):
    slug, title, confirm, is_maker = "make", "Make a pricing unit", "Make it", True
    form = NewPricingUnitForm
    activity_type = "pricing_unit.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return pricing_units.create(now=now, code=answers["code"], **{name: answers[name] for name in FIELDS})

    def result(self, subject: PricingUnit) -> str:
        return f"{subject} is made. What one is worth is said where a charge is priced in it."


@staff_action
class EditPricingUnit(PricingUnitAction):
    slug, title, icon, confirm = "edit", "Edit pricing unit", "edit", "Save"
    form = PricingUnitForm
    activity_type = "pricing_unit.updated"

    def initial(self, subject: PricingUnit, *, now: datetime) -> dict[str, Any]:
        return {name: getattr(subject, name) for name in FIELDS}

    def perform(self, subject: PricingUnit, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return pricing_units.update(subject, now=now, **{name: answers[name] for name in FIELDS})

    def result(self, subject: PricingUnit) -> str:
        return f"{subject} is changed."
