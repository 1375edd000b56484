"""The journal for finance: each fact about money in double entry, and what stands on the accounts."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from billing_site.core.admin.base import StaffAdmin, shown_moment, shown_money
from billing_site.core.admin.panels import Page, Table, link
from invoicing.models import JournalEntry
from invoicing.selectors.balances import trial_balance


def named(account: str) -> str:
    """Return an account as people read it."""
    return account.replace("_", " ").capitalize()


@admin.register(JournalEntry)
class JournalEntryAdmin(StaffAdmin):
    list_display = ("when", "kind", "of_customer", "debit", "credit")
    list_filter = ("kind", "currency", "occurred_at")
    list_select_related = ("customer",)
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith")
    actions_list = ("accounts",)
    empty_says = "It is written by itself as soon as an invoice becomes final or credits move."

    @display(description="when", ordering="occurred_at")
    def when(self, entry: JournalEntry) -> str:
        return shown_moment(entry.occurred_at)

    @display(description="customer", ordering="customer__name")
    def of_customer(self, entry: JournalEntry) -> str:
        return link(entry.customer)

    @display(description="debit")
    def debit(self, entry: JournalEntry) -> str:
        return self._side(entry, 1)

    @display(description="credit")
    def credit(self, entry: JournalEntry) -> str:
        return self._side(entry, -1)

    def _side(self, entry: JournalEntry, sign: int) -> str:
        legs = {name: sign * cents for name, cents in entry.legs.items() if sign * cents > 0}
        return ", ".join(f"{named(name)} {shown_money(cents, entry.currency)}" for name, cents in legs.items())

    @action(description="What stands on the accounts", url_path="accounts", permissions=["view"])
    def accounts(self, request: HttpRequest) -> HttpResponse:
        """Show the trial balance of this moment, currency by currency."""
        table = Table(
            "Accounts",
            ("Account", "Debit", "Credit"),
            [
                (
                    named(row.account),
                    shown_money(row.cents, row.currency) if row.cents > 0 else "",
                    shown_money(-row.cents, row.currency) if row.cents < 0 else "",
                )
                for row in trial_balance(until=timezone.now())
            ],
            empty="Nothing stands on any account yet: no invoice has become final.",
            numeric=frozenset({1, 2}),
            more=reverse("admin:invoicing_journalentry_changelist"),
            note="In each currency, debit and credit are the same sum.",
        )
        context = {**self.admin_site.each_context(request), "title": "Accounts", "panels": Page(main=[table])}
        return TemplateResponse(request, "admin/staff/page.html", context)
