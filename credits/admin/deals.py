"""Deals and who took them."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_local_day
from billing_site.core.admin.panels import link
from credits.admin.deal_giving import given_words, words
from credits.models import Deal, DealRedemption


@admin.register(Deal)
class DealAdmin(StaffAdmin):
    list_display = ("name", "code", "gives", "taken", "shown_status", "until")
    list_select_related = ("plan", "coupon")
    search_fields = ("name__istartswith", "code__istartswith")
    exclude = ("customers",)
    empty_says = (
        "A deal gives a discount, credits, a trial and prices together, under a name such as “Winter batch”. "
        "“Make a deal” above makes one; give it here, or let customers redeem its code."
    )

    @display(description="gives")
    def gives(self, deal: Deal) -> str:
        return words(deal)

    @display(description="taken", ordering="redeemed_count")
    def taken(self, deal: Deal) -> str:
        limit = f" of {deal.max_redemptions:,}" if deal.max_redemptions else ""
        return f"{deal.redeemed_count}{limit}"

    @display(description="status", label={"on offer": "success", "deleted": "default"}, ordering="deleted_at")
    def shown_status(self, deal: Deal) -> str:
        return "deleted" if deal.deleted_at else "on offer"

    @display(description="can be had until", ordering="expiration_at")
    def until(self, deal: Deal) -> str:
        return shown_local_day(deal.expiration_at)


@admin.register(DealRedemption)
class DealRedemptionAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "has", "source", "when")
    list_filter = ("source", "deal")
    list_select_related = ("deal", "customer")
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith", "code__istartswith")
    empty_says = "Who takes a deal stands here. Give one from its page, or from the page of a customer."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, taken: DealRedemption) -> SafeString | str:
        return link(taken.customer)

    @display(description="has")
    def has(self, taken: DealRedemption) -> str:
        return given_words(taken)

    @display(description="when", ordering="created_at")
    def when(self, taken: DealRedemption) -> str:
        return shown_local_day(taken.created_at)
