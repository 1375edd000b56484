"""Coupons and who has them."""

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_local_day
from billing_site.core.admin.panels import link
from credits.admin.discounts import how_often, worth
from credits.models import AppliedCoupon, Coupon


@admin.register(Coupon)
class CouponAdmin(StaffAdmin):
    list_display = ("name", "code", "takes_off", "often", "shown_status", "until")
    list_filter = ("status", "coupon_type", "frequency")
    search_fields = ("name__istartswith", "code__istartswith")
    empty_says = (
        "A coupon is a discount that can be given. “Make a coupon” above, or give a customer a discount of their own."
    )

    @display(description="takes off")
    def takes_off(self, coupon: Coupon) -> str:
        return worth(coupon)

    @display(description="how often")
    def often(self, coupon: Coupon) -> str:
        return how_often(coupon)

    @display(description="status", label={"active": "success", "terminated": "default"}, ordering="status")
    def shown_status(self, coupon: Coupon) -> tuple[str, str]:
        return coupon.status, coupon.get_status_display()

    @display(description="can be given until", ordering="expiration_at")
    def until(self, coupon: Coupon) -> str:
        return shown_local_day(coupon.expiration_at)


@admin.register(AppliedCoupon)
class AppliedCouponAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "takes_off", "often", "left", "shown_status", "given")
    list_filter = ("status", "frequency")
    list_select_related = ("customer", "coupon")
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith")
    empty_says = "Give a discount from the page of a customer."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, applied: AppliedCoupon) -> str:
        return link(applied.customer)

    @display(description="takes off")
    def takes_off(self, applied: AppliedCoupon) -> str:
        return worth(applied)

    @display(description="how often")
    def often(self, applied: AppliedCoupon) -> str:
        return how_often(applied)

    @display(description="invoices left")
    def left(self, applied: AppliedCoupon) -> str:
        return "–" if applied.frequency_duration_remaining is None else str(applied.frequency_duration_remaining)

    @display(description="status", label={"active": "success", "terminated": "default"}, ordering="status")
    def shown_status(self, applied: AppliedCoupon) -> tuple[str, str]:
        return applied.status, applied.get_status_display()

    @display(description="given", ordering="created_at")
    def given(self, applied: AppliedCoupon) -> str:
        return shown_local_day(applied.created_at)
