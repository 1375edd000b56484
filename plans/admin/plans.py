from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_money, shown_number
from plans.models import Plan


@admin.register(Plan)
class PlanAdmin(StaffAdmin):
    list_display = ("name", "code", "price", "paid", "trial")
    list_filter = ("interval", "amount_currency", "pay_in_advance")
    search_fields = ("name__istartswith", "code__istartswith")
    empty_says = "Make the first plan over the API: POST /api/v1/plans."

    @display(description="fee", ordering="amount_cents")
    def price(self, plan: Plan) -> str:
        return f"{shown_money(plan.amount_cents, plan.amount_currency)} a {plan.get_interval_display()}"

    @display(description="paid", ordering="pay_in_advance")
    def paid(self, plan: Plan) -> str:
        return "in advance" if plan.pay_in_advance else "in arrears"

    @display(description="trial", ordering="trial_period")
    def trial(self, plan: Plan) -> str:
        return f"{shown_number(plan.trial_period)} days" if plan.trial_period else "–"
