from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_local_day
from customers.models import BillingEntity, Customer, CustomerMetadata
from customers.selectors import preferences


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
