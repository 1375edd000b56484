from django.contrib import admin

from billing_site.core.admin.base import StaffAdmin
from customers.models import InvoiceCustomSection


@admin.register(InvoiceCustomSection)
class InvoiceCustomSectionAdmin(StaffAdmin):
    list_display = ("name", "code", "display_name", "description")
    empty_says = "Texts that invoices print. Make one over the API: POST /api/v1/invoice_custom_sections."
    search_fields = ("name__istartswith", "code__istartswith")
