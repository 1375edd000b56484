from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_day, shown_money
from invoicing.admin.documents import DocumentPages
from invoicing.models import BillingRun, Fee, Invoice, InvoiceTax, ParkedCustomer
from invoicing.services import billing


class FeeInline(RowsInline):
    model = Fee
    fields = ("item_name", "units", "precise_unit_amount", "amount_cents", "taxes_amount_cents", "from_at", "to_at")


class TaxInline(RowsInline):
    model = InvoiceTax
    fields = ("name", "rate", "fees_amount_cents", "amount_cents")
    show_change_link = False


@admin.register(Invoice)
class InvoiceAdmin(DocumentPages, StaffAdmin):
    list_display = ("__str__", "customer", "status", "payment_status", "issued", "due", "total", "payment_overdue")
    list_filter = ("status", "payment_status", "payment_overdue", "currency")
    list_select_related = ("customer",)
    search_fields = ("number__istartswith", "customer__name__istartswith", "customer__external_id__istartswith")
    inlines = (FeeInline, TaxInline)

    @display(description="issued", ordering="issuing_date")
    def issued(self, invoice: Invoice) -> str:
        return shown_day(invoice.issuing_date)

    @display(description="due", ordering="payment_due_date")
    def due(self, invoice: Invoice) -> str:
        return shown_day(invoice.payment_due_date)

    @display(description="total", ordering="total_amount_cents")
    def total(self, invoice: Invoice) -> str:
        return shown_money(invoice.total_amount_cents, invoice.currency)


@admin.register(ParkedCustomer)
class ParkedCustomerAdmin(StaffAdmin):
    list_display = ("customer", "reason", "attempts", "created_at")
    list_select_related = ("customer",)
    actions = ("try_again",)

    @admin.action(description="Bill them again")
    def try_again(self, request: HttpRequest, queryset: "QuerySet[ParkedCustomer]") -> None:
        for parked in queryset:
            summary = billing.unpark(parked, now=timezone.now())
            self.message_user(
                request, f"{parked.customer}: {summary.invoices} invoices, {summary.parked} parked again."
            )


@admin.register(BillingRun)
class BillingRunAdmin(StaffAdmin):
    list_display = ("business_at", "finished_at", "customers_done", "invoices_made", "customers_parked")
