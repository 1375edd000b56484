from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_money
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import Discount
from credits.services import applied_coupons


def worth(terms: Discount) -> str:
    """Return what a discount takes off, in words."""
    if terms.amount_cents:
        return shown_money(terms.amount_cents, terms.amount_currency)
    return f"{terms.percentage_rate:g} %"


@admin.register(Coupon)
class CouponAdmin(StaffAdmin):
    list_display = ("name", "code", "takes_off", "frequency", "status", "expiration_at")
    list_filter = ("status", "coupon_type", "frequency")
    search_fields = ("name__istartswith", "code__istartswith")

    @display(description="takes off")
    def takes_off(self, coupon: Coupon) -> str:
        return worth(coupon)


@admin.register(AppliedCoupon)
class AppliedCouponAdmin(StaffAdmin):
    list_display = ("customer", "coupon", "takes_off", "frequency", "frequency_duration_remaining", "status")
    list_filter = ("status", "frequency")
    list_select_related = ("customer", "coupon")
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith")
    actions = ("take_back",)

    @display(description="takes off")
    def takes_off(self, applied: AppliedCoupon) -> str:
        return worth(applied)

    @admin.action(description="Take the discount back")
    def take_back(self, request: HttpRequest, queryset: "QuerySet[AppliedCoupon]") -> None:
        for applied in queryset:
            applied_coupons.take_back(applied, now=timezone.now(), reason="Taken back by staff")
        self.message_user(request, "The discounts are taken back; what they gave stays given.")
