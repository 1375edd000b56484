from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_money
from credits.models import RecurringRule, Wallet, WalletConsumption, WalletTransaction


class RuleInline(RowsInline):
    model = RecurringRule
    fields = ("trigger", "method", "interval", "paid_credits", "granted_credits", "threshold_credits", "status")
    show_change_link = False


class TransactionInline(RowsInline):
    model = WalletTransaction
    fields = ("created_at", "transaction_status", "credit_amount", "status", "balance", "remaining")
    readonly_fields = ("created_at", "balance", "remaining")
    ordering = ("-id",)
    per_page = 20

    @display(description="balance after")
    def balance(self, entry: WalletTransaction) -> str:
        return _money(entry, entry.balance_after_cents)

    @display(description="left")
    def remaining(self, entry: WalletTransaction) -> str:
        return _money(entry, entry.remaining_amount_cents)


@admin.register(Wallet)
class WalletAdmin(StaffAdmin):
    list_display = ("customer", "name", "balance", "credits_balance", "ongoing", "priority", "status", "expiration_at")
    list_filter = ("status", "currency")
    list_select_related = ("customer",)
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith", "code__istartswith")
    inlines = (RuleInline, TransactionInline)
    empty_says = "Wallets come here when a customer is granted prepaid credits, on the customer's page or over the API."

    @display(description="balance")
    def balance(self, wallet: Wallet) -> str:
        return shown_money(wallet.balance_cents, wallet.currency)

    @display(description="after usage and drafts")
    def ongoing(self, wallet: Wallet) -> str:
        return shown_money(wallet.ongoing_balance_cents, wallet.currency)


class FundingInline(RowsInline):
    model = WalletConsumption
    fk_name = "outbound"
    fields = ("inbound", "amount_cents", "created_at")
    verbose_name_plural = "taken from"
    show_change_link = False


class ConsumptionInline(RowsInline):
    model = WalletConsumption
    fk_name = "inbound"
    fields = ("outbound", "amount_cents", "created_at")
    verbose_name_plural = "used for"
    show_change_link = False


@admin.register(WalletTransaction)
class WalletTransactionAdmin(StaffAdmin):
    list_display = ("created_at", "wallet", "transaction_status", "credit_amount", "amount", "status", "source")
    list_filter = ("status", "transaction_status", "source")
    list_select_related = ("wallet",)
    search_fields = ("wallet__customer__name__istartswith", "wallet__customer__external_id__istartswith")
    inlines = (FundingInline, ConsumptionInline)

    @display(description="amount")
    def amount(self, entry: WalletTransaction) -> str:
        return _money(entry, entry.amount_cents)


def _money(entry: WalletTransaction, amount_cents: int | None) -> str:
    return "" if amount_cents is None else shown_money(amount_cents, entry.wallet.currency)
