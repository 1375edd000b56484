from django.contrib import admin

from billing_site.core.admin.base import RowsInline, StaffAdmin
from customers.models import BillingEntity, Customer, CustomerMetadata, Tax


class MetadataInline(RowsInline):
    model = CustomerMetadata
    fields = ("key", "value", "display_in_invoice")


@admin.register(Customer)
class CustomerAdmin(StaffAdmin):
    list_display = ("display_name", "external_id", "country", "currency", "timezone", "email", "created_at")
    list_filter = ("currency", "country", "account_type")
    search_fields = ("name__istartswith", "external_id__istartswith", "email__istartswith", "slug__istartswith")
    inlines = (MetadataInline,)


@admin.register(BillingEntity)
class BillingEntityAdmin(StaffAdmin):
    list_display = ("name", "code", "country", "default_currency", "document_numbering", "is_default")


@admin.register(Tax)
class TaxAdmin(StaffAdmin):
    list_display = ("name", "code", "rate", "description")
    search_fields = ("name__istartswith", "code__istartswith")
