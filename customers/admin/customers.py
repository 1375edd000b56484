from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_local_day
from billing_site.core.admin.forms import ActionForm, one_of
from customers.models import BillingEntity, Customer, CustomerMetadata
from customers.selectors import preferences
from customers.services import billing_entities


class MetadataInline(RowsInline):
    model = CustomerMetadata
    fields = ("key", "value", "display_in_invoice")


@admin.register(Customer)
class CustomerAdmin(StaffAdmin):
    list_display = ("shown_name", "external_id", "country", "currency", "zone", "email", "since")
    list_filter = ("currency", "country", "account_type")
    list_select_related = ("billing_entity",)
    search_fields = ("name__istartswith", "external_id__istartswith", "email__istartswith", "slug__istartswith")
    inlines = (MetadataInline,)
    empty_says = "Make the first customer over the API: POST /api/v1/customers."

    @display(description="customer", ordering="name")
    def shown_name(self, customer: Customer) -> str:
        return customer.display_name

    @display(description="time zone")
    def zone(self, customer: Customer) -> str:
        return self.zone_of(customer)

    @display(description="since", ordering="created_at")
    def since(self, customer: Customer) -> str:
        return shown_local_day(customer.created_at, self.zone_of(customer))

    def zone_of(self, obj: Customer) -> str:
        return preferences.terms(obj).timezone


@admin.register(BillingEntity)
class BillingEntityAdmin(StaffAdmin):
    list_display = ("name", "code", "country", "default_currency", "document_numbering", "is_default")


class LateUsageForm(ActionForm):
    late_usage = one_of("Usage that comes in after its invoice", choices=BillingEntity.LateUsage.choices)


@staff_action
class ChooseLateUsage(StaffAction):
    slug, title, icon, confirm = "late-usage", "Late usage", "schedule", "Choose"
    subject, form = BillingEntity, LateUsageForm
    permission, activity_type, takes_reason = "core.administer", "billing_entity.updated", False

    def initial(self, subject: BillingEntity, *, now: datetime) -> dict[str, Any]:
        return {"late_usage": subject.late_usage}

    def facts(self, subject: BillingEntity, *, now: datetime) -> Mapping[str, str]:
        return {"Usage that comes in late": subject.get_late_usage_display()}

    def perform(self, subject: BillingEntity, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return billing_entities.update(subject, now=now, late_usage=answers["late_usage"])

    def result(self, subject: BillingEntity) -> str:
        return f"Usage that comes in late {subject.get_late_usage_display()} from now on."
