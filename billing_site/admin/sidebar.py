"""The sidebar: the floors of the house from the ground up."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

# section → (label, "app_model", symbol)
SECTIONS: Sequence[tuple[str, Sequence[tuple[str, str, str]]]] = (
    ("Customers", (("Customers", "customers_customer", "groups"), ("Taxes", "customers_tax", "percent"),
                   ("Billing entities", "customers_billingentity", "domain"),
                   ("Payment providers", "customers_paymentprovider", "credit_card"),
                   ("Payment methods", "customers_paymentmethod", "wallet"),
                   ("Reminders", "customers_dunningcampaign", "notifications"))),
    ("Metering", (("Metrics", "metering_billablemetric", "speed"),)),
    ("Plans", (("Plans", "plans_plan", "sell"), ("Subscriptions", "plans_subscription", "autorenew"),
               ("Add-ons", "plans_addon", "add_box"), ("Features", "plans_feature", "workspace_premium"),
               ("Pricing units", "plans_pricingunit", "toll"),
               ("Changes of prices", "plans_pricechange", "price_change"))),
    ("Credits", (("Deals", "credits_deal", "featured_seasonal_and_gifts"),
                 ("Deals taken", "credits_dealredemption", "handshake"), ("Coupons", "credits_coupon", "redeem"),
                 ("Discounts given", "credits_appliedcoupon", "loyalty"),
                 ("Wallets", "credits_wallet", "account_balance_wallet"),
                 ("Credits moved", "credits_wallettransaction", "swap_vert"))),
    ("Invoicing", (("Invoices", "invoicing_invoice", "receipt_long"),
                   ("Payments", "invoicing_payment", "payments"),
                   ("Disputes", "invoicing_dispute", "gavel"),
                   ("Payment requests", "invoicing_paymentrequest", "contract"),
                   ("Providers' books", "invoicing_providerrecord", "compare_arrows"),
                   ("Messages of providers", "invoicing_inboundevent", "inbox"),
                   ("Receipts", "invoicing_paymentreceipt", "receipt"),
                   ("Credit notes", "invoicing_creditnote", "assignment_return"),
                   ("Late usage", "invoicing_lateusage", "schedule"),
                   ("Journal", "invoicing_journalentry", "menu_book"),
                   ("Parked customers", "invoicing_parkedcustomer", "pause_circle"),
                   ("Billing runs", "invoicing_billingrun", "event_repeat"))),
    ("Webhooks", (("Endpoints", "webhooks_webhookendpoint", "webhook"),
                  ("Deliveries", "webhooks_delivery", "outbound"),
                  ("Alerts", "webhooks_alert", "notifications"))),
    ("House", (("Mails", "core_email", "mail"), ("Bulk actions", "core_staffbatch", "checklist"),
               ("Second person", "core_staffrequest", "verified_user"),
               ("Activities", "core_activity", "history"),
               ("API requests", "webhooks_apilog", "receipt"), ("Event intake", "webhooks_intakecount", "input"),
               ("API keys", "core_apikey", "key"), ("Company", "core_organization", "apartment"),
               ("Staff", "auth_user", "badge"), ("Roles", "auth_group", "shield_person"))),
)  # fmt: skip


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what unfold draws, without what this member of staff may not see."""
    home = {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")}
    return [{"items": [home]}] + [
        {"title": section, "separator": True, "items": [_item(*entry) for entry in entries]}
        for section, entries in SECTIONS
    ]


def _item(title: str, name: str, icon: str) -> dict[str, Any]:
    app, model = name.split("_")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_changelist"),
        "permission": lambda request: (
            request.user.has_perm("core.view_books") if app != "auth" else request.user.has_perm(f"auth.view_{model}")
        ),
    }
