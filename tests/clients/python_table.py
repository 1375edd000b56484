"""
Which function of Lago's Python client is for which operation, and with what.

A function is given the values of the address (`ids`), the body as the client's model (`it`) or as it is (`raw`), and
what the address asks for (`query`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lago_python_client import models
from lago_python_client.models.alert import AlertsList
from lago_python_client.models.billing_entity import BillingEntity, BillingEntityUpdate
from lago_python_client.models.charge import ChargeOverrides
from lago_python_client.models.invoice import InvoicePaymentStatusChange, InvoicePreview, OneOffInvoice
from lago_python_client.models.payment_request import PaymentRequest


@dataclass(frozen=True)
class Call:
    """A function of the client; `model` reads what stands under the first key of the body, or the whole if `flat`."""

    run: Callable[..., Any]
    model: Any = None
    flat: bool = False


def _noun(route: str, attribute: str, code: str, model: Any, update: Any = None) -> dict[str, Call]:
    """Return the five calls of a noun; the table keeps those that the API has."""
    one = f"{route}/{code}"
    return {
        f"GET {route}": Call(lambda c, query, **_: getattr(c, attribute).find_all(query)),
        f"GET {one}": Call(lambda c, ids, **_: getattr(c, attribute).find(ids[0])),
        f"POST {route}": Call(lambda c, it, **_: getattr(c, attribute).create(it), model),
        f"PUT {one}": Call(lambda c, ids, it, **_: getattr(c, attribute).update(it, ids[0]), update or model),
        f"DELETE {one}": Call(lambda c, ids, **_: getattr(c, attribute).destroy(ids[0])),
    }


def _part(route: str, attribute: str, code: str, model: Any) -> dict[str, Call]:
    """Return the calls of a noun under another one, but for the list, which the client asks for without its key."""
    one = f"{route}/{code}"
    return {
        f"GET {one}": Call(lambda c, ids, query, **_: getattr(c, attribute).find(*ids, query)),
        f"POST {route}": Call(lambda c, ids, it, **_: getattr(c, attribute).create(*ids, it), model),
        f"PUT {one}": Call(lambda c, ids, it, **_: getattr(c, attribute).update(*ids, it), model),
        f"DELETE {one}": Call(lambda c, ids, **_: getattr(c, attribute).destroy(*ids)),
    }


def _nested(route: str, of: Callable[[Any], Any], code: str, model: Any) -> dict[str, Call]:
    """Return the calls of a noun that belongs to a customer, which take all ids and then the body."""
    one = f"{route}/{code}"
    return {
        f"GET {route}": Call(lambda c, ids, **_: of(c).find_all(*ids)),
        f"GET {one}": Call(lambda c, ids, **_: of(c).find(*ids)),
        f"POST {route}": Call(lambda c, ids, it, **_: of(c).create(*ids, it), model),
        f"PUT {one}": Call(lambda c, ids, it, **_: of(c).update(*ids, it), model),
        f"DELETE {one}": Call(lambda c, ids, **_: of(c).destroy(*ids)),
    }


def _metadata(route: str, attribute: str) -> dict[str, Call]:
    return {
        f"POST {route}/metadata": Call(lambda c, ids, raw, **_: getattr(c, attribute).replace_metadata(*ids, raw)),
        f"PATCH {route}/metadata": Call(lambda c, ids, raw, **_: getattr(c, attribute).merge_metadata(*ids, raw)),
        f"DELETE {route}/metadata": Call(lambda c, ids, **_: getattr(c, attribute).delete_all_metadata(*ids)),
        f"DELETE {route}/metadata/<str:key>": Call(lambda c, ids, **_: getattr(c, attribute).delete_metadata_key(*ids)),
    }


def _filters(owner: str, attribute: str) -> dict[str, Call]:
    route = f"{owner}/charges/<path:charge_code>/filters"
    one = f"{route}/<uuid:lago_id>"
    return {
        f"GET {route}": Call(lambda c, ids, **_: getattr(c, attribute).find_all_charge_filters(*ids)),
        f"GET {one}": Call(lambda c, ids, **_: getattr(c, attribute).find_charge_filter(*ids)),
        f"POST {route}": Call(
            lambda c, ids, it, **_: getattr(c, attribute).create_charge_filter(*ids, it), models.ChargeFilter
        ),
        f"PUT {one}": Call(
            lambda c, ids, it, **_: getattr(c, attribute).update_charge_filter(*ids, it), models.ChargeFilter
        ),
        f"DELETE {one}": Call(lambda c, ids, **_: getattr(c, attribute).destroy_charge_filter(*ids)),
    }


_ID, _CODE, _EXTERNAL = "<uuid:lago_id>", "<path:code>", "<str:external_id>"
_CUSTOMER, _SUBSCRIPTION = f"customers/{_EXTERNAL}", f"subscriptions/{_EXTERNAL}"
_WALLET = f"{_CUSTOMER}/wallets"
_INVOICE = f"invoices/{_ID}"

CALLS: Mapping[str, Call] = {
    **_noun("add_ons", "add_ons", _CODE, models.AddOn),
    **_noun("billable_metrics", "billable_metrics", _CODE, models.BillableMetric),
    **_noun("billing_entities", "billing_entities", _CODE, BillingEntity, BillingEntityUpdate),
    **_noun("coupons", "coupons", _CODE, models.Coupon),
    **_noun("applied_coupons", "applied_coupons", "-", models.AppliedCoupon),
    f"DELETE {_CUSTOMER}/applied_coupons/{_ID}": Call(lambda c, ids, **_: c.applied_coupons.destroy(*ids)),
    **_noun("credit_notes", "credit_notes", _ID, models.CreditNote, models.CreditNoteUpdate),
    "POST credit_notes/estimate": Call(lambda c, it, **_: c.credit_notes.estimate(it), models.CreditNoteEstimate),
    f"POST credit_notes/{_ID}/download": Call(lambda c, ids, **_: c.credit_notes.download(*ids)),
    f"PUT credit_notes/{_ID}/void": Call(lambda c, ids, **_: c.credit_notes.void(*ids)),
    **_metadata(f"credit_notes/{_ID}", "credit_notes"),
    **_noun("customers", "customers", _EXTERNAL, models.Customer),
    f"GET {_CUSTOMER}/portal_url": Call(lambda c, ids, **_: c.customers.portal_url(*ids)),
    f"GET {_CUSTOMER}/current_usage": Call(
        lambda c, ids, query, **_: c.customers.current_usage(ids[0], query["external_subscription_id"])
    ),
    f"GET {_CUSTOMER}/projected_usage": Call(
        lambda c, ids, query, **_: c.customers.projected_usage(ids[0], query["external_subscription_id"])
    ),
    f"GET {_CUSTOMER}/past_usage": Call(
        lambda c, ids, query, **_: c.customers.past_usage(ids[0], query["external_subscription_id"])
    ),
    f"POST {_CUSTOMER}/checkout_url": Call(lambda c, ids, **_: c.customers.checkout_url(*ids)),
    f"DELETE {_CUSTOMER}/payment_methods/{_ID}": Call(lambda c, ids, **_: c.customer_payment_methods.destroy(*ids)),
    f"PUT {_CUSTOMER}/payment_methods/{_ID}/set_as_default": Call(
        lambda c, ids, **_: c.customer_payment_methods.set_as_default(*ids)
    ),
    **_nested(_WALLET, lambda c: c.customers.wallets, "<str:code>", models.Wallet),
    **_nested(
        f"{_WALLET}/<str:wallet_code>/alerts", lambda c: c.customers.wallets.alerts, "<str:code>", models.Alert
    ),
    f"POST {_WALLET}/<str:wallet_code>/alerts": Call(
        lambda c, ids, raw, **_: c.customers.wallets.alerts.create(*ids, models.Alert(**raw[0]))
    ),
    "POST events": Call(lambda c, it, **_: c.events.create(it), models.Event),
    "POST events/batch": Call(lambda c, it, **_: c.events.batch_create(it), models.BatchEvent, flat=True),
    "GET events/<str:transaction_id>": Call(lambda c, ids, **_: c.events.find(*ids)),
    "POST events/estimate_fees": Call(
        lambda c, raw, **_: c.events.estimate_fees(models.Event(**{"transaction_id": "t", **raw}))
    ),
    **_noun("fees", "fees", _ID, models.Fee),
    **_noun("invoices", "invoices", _ID, OneOffInvoice, InvoicePaymentStatusChange),
    "POST invoices/preview": Call(lambda c, it, **_: c.invoices.preview(it), InvoicePreview, flat=True),
    **{
        f"{method} {_INVOICE}/{name}": Call(lambda c, ids, name=name, **_: getattr(c.invoices, name)(*ids))
        for method, name in (
            ("POST", "download"), ("POST", "retry_payment"), ("PUT", "refresh"), ("PUT", "finalize"),
            ("PUT", "lose_dispute"), ("POST", "payment_url"),
        )
    },
    f"POST {_INVOICE}/void": Call(lambda c, ids, raw, **_: c.invoices.void_invoice(ids[0], raw), flat=True),
    "PUT organizations": Call(lambda c, it, **_: c.organizations.update(it), models.Organization),
    **_noun("payment_receipts", "payment_receipts", _ID, None),
    **_noun("payment_requests", "payment_requests", _ID, PaymentRequest),
    **_noun("payments", "payments", _ID, models.Payment),
    **_noun("plans", "plans", _CODE, models.Plan),
    **_metadata("plans/<str:plan_code>", "plans"),
    **_filters(f"plans/{_CODE}", "plans"),
    **_part(f"plans/{_CODE}/charges", "plan_charges", "<path:charge_code>", models.Charge),
    **_part("plans/<str:plan_code>/fixed_charges", "plan_fixed_charges", "<str:code>", models.FixedCharge),
    **_noun("subscriptions", "subscriptions", _EXTERNAL, models.Subscription),
    f"GET {_SUBSCRIPTION}/lifetime_usage": Call(lambda c, ids, **_: c.subscriptions.lifetime_usage(*ids)),
    f"PUT {_SUBSCRIPTION}/lifetime_usage": Call(
        lambda c, ids, raw, **_: c.subscriptions.update_lifetime_usage(ids[0], **raw)
    ),
    f"POST {_SUBSCRIPTION}/alerts": Call(
        lambda c, ids, raw, **_: c.subscriptions.create_alerts(ids[0], AlertsList(alerts=[raw]))
    ),
    f"DELETE {_SUBSCRIPTION}/alerts": Call(lambda c, ids, **_: c.subscriptions.delete_alerts(*ids)),
    **_filters(_SUBSCRIPTION, "subscriptions"),
    **_part(f"{_SUBSCRIPTION}/charges", "subscription_charges", "<path:charge_code>", ChargeOverrides),
    **_part(
        f"{_SUBSCRIPTION}/fixed_charges", "subscription_fixed_charges", "<str:code>", models.FixedChargeOverrides
    ),
    **_noun("taxes", "taxes", _CODE, models.Tax),
    **_noun("wallets", "wallets", _ID, models.Wallet),
    **_metadata(f"wallets/{_ID}", "wallets"),
    f"GET wallets/{_ID}/wallet_transactions": Call(lambda c, ids, **_: c.wallet_transactions.find_all(*ids)),
    "POST wallet_transactions": Call(lambda c, it, **_: c.wallet_transactions.create(it), models.WalletTransaction),
    f"POST wallet_transactions/{_ID}/payment_url": Call(lambda c, ids, **_: c.wallet_transactions.payment_url(*ids)),
    f"GET wallet_transactions/{_ID}/consumptions": Call(lambda c, ids, **_: c.wallet_transactions.consumptions(*ids)),
    f"GET wallet_transactions/{_ID}/fundings": Call(lambda c, ids, **_: c.wallet_transactions.fundings(*ids)),
    **_noun("webhook_endpoints", "webhook_endpoints", _ID, models.WebhookEndpoint),
    "GET webhooks/json_public_key": Call(lambda c, **_: c.webhooks.public_key()),
    **_noun("activity_logs", "activity_logs", "<uuid:activity_id>", None),
    **_noun("api_logs", "api_logs", "<uuid:request_id>", None),
    **{
        f"GET analytics/{route}": Call(lambda c, query, name=name, **_: getattr(c, name).find_all(query))
        for route, name in (
            ("gross_revenue", "gross_revenues"), ("invoice_collection", "invoice_collections"),
            ("invoiced_usage", "invoiced_usages"), ("mrr", "mrrs"), ("overdue_balance", "overdue_balances"),
            ("usage", "usages"),
        )
    },
}  # fmt: skip
