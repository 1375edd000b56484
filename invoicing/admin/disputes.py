"""Disputes for staff: what a bank asks back, until when to answer, and what has come of it."""

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_moment, shown_money
from billing_site.core.admin.panels import link
from invoicing.models import Dispute


@admin.register(Dispute)
class DisputeAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "of_payment", "shown_state", "reason", "answer_by", "amount", "withdrawn")
    list_filter = ("state", "provider", "currency")
    list_select_related = ("payment__customer", "payment__invoice")
    search_fields = ("provider_dispute_id__istartswith", "payment__customer__name__istartswith",
                     "payment__customer__external_id__istartswith")  # fmt: skip
    empty_says = "Good: no bank asks a payment back. A dispute is answered on the provider's own page."

    @display(description="customer", ordering="payment__customer__name")
    def of_customer(self, dispute: Dispute) -> str:
        return link(dispute.payment.customer)

    @display(description="payment")
    def of_payment(self, dispute: Dispute) -> str:
        return link(dispute.payment)

    @display(
        description="state",
        label={"open": "danger", "won": "success", "lost": "default", "closed": "default"},
        ordering="state",
    )
    def shown_state(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.state, dispute.get_state_display()

    @display(description="answer by", ordering="respond_by")
    def answer_by(self, dispute: Dispute) -> str:
        return shown_moment(dispute.respond_by) if dispute.state == Dispute.State.OPEN else "–"

    @display(description="amount", ordering="amount_cents")
    def amount(self, dispute: Dispute) -> str:
        return shown_money(dispute.amount_cents, dispute.currency)

    @display(description="with the bank", ordering="withdrawn_amount_cents")
    def withdrawn(self, dispute: Dispute) -> str:
        cents = dispute.withdrawn_amount_cents
        return shown_money(cents, dispute.currency) if cents else "–"
