from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_day, shown_moment, shown_money
from billing_site.core.admin.panels import asked_moment, link, page_address
from invoicing.admin import credit_actions as credit_actions
from invoicing.admin import draft_queue, line_pages
from invoicing.admin import invoice_actions as invoice_actions
from invoicing.admin import payment_actions as payment_actions
from invoicing.admin.credit_notes import CreditNoteAdmin as CreditNoteAdmin
from invoicing.admin.disputes import DisputeAdmin as DisputeAdmin
from invoicing.admin.documents import DocumentPages
from invoicing.admin.draft_queue import DraftFilter
from invoicing.admin.journal import JournalEntryAdmin as JournalEntryAdmin
from invoicing.admin.late_usage import LateUsageAdmin as LateUsageAdmin
from invoicing.admin.payment_requests import PaymentRequestAdmin as PaymentRequestAdmin
from invoicing.admin.payments import PaymentAdmin as PaymentAdmin
from invoicing.admin.price_changes import PriceChangeAdmin as PriceChangeAdmin
from invoicing.admin.provider_records import ProviderRecordAdmin as ProviderRecordAdmin
from invoicing.models import BillingRun, Fee, Invoice, ParkedCustomer
from invoicing.services import billing, previews
from plans.models import Subscription
from plans.selectors.schedules import timezone_of


@admin.register(Invoice)
class InvoiceAdmin(DocumentPages, StaffAdmin):
    list_display = ("__str__", "of_customer", "shown_status", "payment", "issued", "due", "total")
    list_filter = ("status", DraftFilter, "payment_status", "payment_overdue", "invoice_type", "currency")
    list_select_related = ("customer",)
    search_fields = ("number__istartswith", "customer__name__istartswith", "customer__external_id__istartswith")
    empty_says = "The billing run makes the first invoice when something of a subscription is due."

    def get_list_display(self, request: HttpRequest) -> Any:
        """Say in the queue of drafts what is odd about each."""
        shown = super().get_list_display(request)
        return [*shown, "odd"] if "draft" in request.GET else shown

    @display(description="look at")
    def odd(self, invoice: Invoice) -> str:
        return "; ".join(draft_queue.flags(invoice)) or "–"

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of a line, and of one to come."""
        wrapped = self.admin_site.admin_view
        return [
            path("<int:pk>/line/<int:fee_pk>/", wrapped(self.line), name="invoicing_invoice_line"),
            path("upcoming/<int:pk>/<int:place>/", wrapped(self.upcoming_line), name="invoicing_upcoming_line"),
            *super().get_urls(),
        ]

    def line(self, request: HttpRequest, pk: int, fee_pk: int) -> HttpResponse:
        """Show why a line is as high as it is."""
        related = ("invoice__customer", "subscription__plan", "subscription__customer__billing_entity")
        rows = Fee.objects.select_related(*related, "charge__billable_metric", "fixed_charge__add_on", "add_on")
        fee = get_object_or_404(rows, pk=fee_pk, invoice_id=pk)
        return self._line(request, fee, fee.invoice.timezone, fee.invoice)

    def upcoming_line(self, request: HttpRequest, pk: int, place: int) -> HttpResponse:
        """Show the same of a line of the next invoice: the one at this place among its subscription's."""
        rows = Subscription.objects.select_related("customer__billing_entity", "plan")
        subscription, now = get_object_or_404(rows, pk=pk), timezone.now()
        at = asked_moment(request.GET.get("on", ""), timezone_of(subscription))
        found = previews.upcoming_of([subscription], now=now, at=at).get(subscription.customer_id, [])
        fees = [item.fee for upcoming in found for item in upcoming.draft.fees]
        if place >= len(fees):
            raise Http404("There is no such line.")
        return self._line(request, fees[place], timezone_of(subscription), subscription)

    def _line(self, request: HttpRequest, fee: Fee, zone: str, owner: Model) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": str(fee),
            "page": line_pages.page(fee, zone=zone),
            "back": page_address(owner),
            "owner": owner,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/staff/line.html", context)

    @display(description="customer", ordering="customer__name")
    def of_customer(self, invoice: Invoice) -> str:
        return link(invoice.customer)

    @display(
        description="status",
        label={"finalized": "success", "draft": "info", "voided": "default", "closed": "default"},
        ordering="status",
    )
    def shown_status(self, invoice: Invoice) -> tuple[str, str]:
        return invoice.status, invoice.get_status_display()

    @display(
        description="payment",
        label={"succeeded": "success", "pending": "info", "failed": "danger", "overdue": "danger"},
    )
    def payment(self, invoice: Invoice) -> tuple[str, str]:
        if invoice.payment_overdue:
            return "overdue", "overdue"
        return invoice.payment_status, invoice.get_payment_status_display()

    @display(description="date", ordering="issuing_date")
    def issued(self, invoice: Invoice) -> str:
        return shown_day(invoice.issuing_date)

    @display(description="to be paid by", ordering="payment_due_date")
    def due(self, invoice: Invoice) -> str:
        return shown_day(invoice.payment_due_date)

    @display(description="total", ordering="total_amount_cents")
    def total(self, invoice: Invoice) -> str:
        return shown_money(invoice.total_amount_cents, invoice.currency)

    def zone_of(self, obj: Invoice) -> str:
        return obj.timezone


@admin.register(ParkedCustomer)
class ParkedCustomerAdmin(StaffAdmin):
    list_display = ("of_customer", "reason", "attempts", "since")
    list_display_links = ("reason",)
    empty_says = "Good: every customer can be billed. One whose billing fails waits here with the reason."
    list_select_related = ("customer",)
    actions = ("try_again",)

    @display(description="customer")
    def of_customer(self, parked: ParkedCustomer) -> str:
        return link(parked.customer)

    @display(description="since", ordering="created_at")
    def since(self, parked: ParkedCustomer) -> str:
        return shown_moment(parked.created_at)

    @admin.action(description="Bill them again", permissions=["serve"])
    def try_again(self, request: HttpRequest, queryset: "QuerySet[ParkedCustomer]") -> None:
        for parked in queryset:
            summary = billing.unpark(parked, now=timezone.now())
            self.message_user(
                request, f"{parked.customer}: {summary.invoices} invoices, {summary.parked} parked again."
            )


@admin.register(BillingRun)
class BillingRunAdmin(StaffAdmin):
    list_display = ("billed", "finished", "customers_done", "invoices_made", "customers_parked")
    empty_says = "A run stands here when something was due. They go by themselves every minute."

    @display(description="billed up to", ordering="business_at")
    def billed(self, run: BillingRun) -> str:
        return shown_moment(run.business_at)

    @display(description="finished", ordering="finished_at")
    def finished(self, run: BillingRun) -> str:
        return shown_moment(run.finished_at) if run.finished_at else "still at it"
