from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_money, shown_number
from plans.admin.calculator import CalculatorForm
from plans.models import Plan


@admin.register(Plan)
class PlanAdmin(StaffAdmin):
    list_display = ("name", "code", "price", "paid", "trial", "whose")
    list_filter = ("interval", "amount_currency", "pay_in_advance")
    list_select_related = ("parent",)
    search_fields = ("name__istartswith", "code__istartswith")
    change_form_template = "admin/staff/plan.html"
    empty_says = "A plan is a fee and prices for usage. “Make a plan” above is for those who may set prices."

    @display(description="fee", ordering="amount_cents")
    def price(self, plan: Plan) -> str:
        return f"{shown_money(plan.amount_cents, plan.amount_currency)} a {plan.get_interval_display()}"

    @display(description="paid", ordering="pay_in_advance")
    def paid(self, plan: Plan) -> str:
        return "in advance" if plan.pay_in_advance else "in arrears"

    @display(description="trial", ordering="trial_period")
    def trial(self, plan: Plan) -> str:
        return f"{shown_number(plan.trial_period)} days" if plan.trial_period else "–"

    @display(description="for")
    def whose(self, plan: Plan) -> str:
        if plan.deleted_at or plan.pending_deletion:
            return "nobody: deleted"
        return "one customer" if plan.parent_id else "everybody"

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the calculator's answers."""
        view = self.admin_site.admin_view(self.calculate)
        return [path("<path:object_id>/calculator/", view, name="plans_plan_calculator"), *super().get_urls()]

    def calculate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer what the units that were typed would cost."""
        plan = self.get_object(request, object_id)
        if plan is None:
            raise Http404("There is no such plan.")
        if not self.has_view_permission(request, plan):
            raise PermissionDenied
        return TemplateResponse(request, "admin/staff/quote.html", {"calculator": CalculatorForm(plan, request.GET)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a plan with its calculator."""
        plan = self.get_object(request, object_id)
        shown = {"calculator": CalculatorForm(plan, request.GET)} if plan is not None else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})
