from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_money
from plans.models import Charge, Plan


class ChargeInline(RowsInline):
    model = Charge
    fields = ("code", "billable_metric", "charge_model", "properties")


@admin.register(Plan)
class PlanAdmin(StaffAdmin):
    list_display = ("name", "code", "price", "interval", "pay_in_advance", "trial_period")
    list_filter = ("interval", "amount_currency", "pay_in_advance")
    search_fields = ("name__istartswith", "code__istartswith")
    inlines = (ChargeInline,)

    @display(description="fee")
    def price(self, plan: Plan) -> str:
        return shown_money(plan.amount_cents, plan.amount_currency)
