"""A small world, made through the API, in which every operation of the table has something to work on."""

import io
import json
import re
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from billing_site.core import dispatch
from customers.models import BillingEntity, Customer
from customers.services import payment_methods, payment_providers
from invoicing.models import BilledPeriod, Fee, Invoice, LateUsage

NAME = re.compile(r"\$\{(\w+)\}")

COMPANY = {
    "einvoicing": True, "country": "DE", "address_line1": "Torstraße 140", "tax_identification_number": "DE123456788",
}  # fmt: skip
CUSTOMER = {"external_id": "cust", "currency": "EUR", "email": "a@example.com", "country": "FR"}


class World:
    """The API as a client with all rights sees it, and the names of what is there."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
        self.names: dict[str, str] = {}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the response; the body is JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json")

    def filled(self, value: Any) -> Any:
        """Return the value with each `${name}` replaced by what it names here."""
        if isinstance(value, str):
            return NAME.sub(lambda match: self.names[match.group(1)], value)
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list) else value

    def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.send("POST", path, self.filled(body))
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = json.loads(response.content)
        return answer

    def _read(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.send("GET", path).content)
        return answer

    def _entitle(self) -> None:
        """Make a feature, entitle the plan to it, and keep a fact with the plan."""
        privileges = [
            {"code": "max", "value_type": "integer"},
            {"code": "root", "value_type": "boolean"},
            {"code": "sso", "value_type": "select", "config": {"select_options": ["google", "okta"]}},
        ]
        self._made("features", {"feature": {"code": "seats", "privileges": privileges}})
        self._made("plans/pro/entitlements", {"entitlements": {"seats": {"max": 3, "root": True, "sso": "google"}}})
        self._made("plans/pro/metadata", {"metadata": {"tier": "a"}})

    def build(self) -> None:
        """Make a customer with a subscription, usage, a coupon and a final invoice."""
        self.names["entity"] = BillingEntity.objects.get().code
        BillingEntity.objects.update(**COMPANY)
        self._made("invoice_custom_sections", {"invoice_custom_section": {"name": "Bank", "code": "bank"}})
        self._made("taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20}})
        metric = {"name": "Requests", "code": "requests", "aggregation_type": "sum_agg", "field_name": "count",
                  "filters": [{"key": "region", "values": ["eu", "us"]}]}  # fmt: skip
        self.names["metric"] = self._made("billable_metrics", {"billable_metric": metric})["billable_metric"]["lago_id"]
        calls = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
        self.names["calls"] = self._made("billable_metrics", {"billable_metric": calls})["billable_metric"]["lago_id"]
        self._made("pricing_units", {"pricing_unit": {"code": "coins", "name": "Coins", "short_name": "C"}})
        add_on = {"name": "Setup", "code": "setup", "amount_cents": 100, "amount_currency": "EUR"}
        self._made("add_ons", {"add_on": add_on})
        fixed = {"add_on_code": "setup", "code": "support", "charge_model": "standard", "units": "1",
                 "properties": {"amount": "5"}}  # fmt: skip
        charge = {"billable_metric_id": "${metric}", "charge_model": "standard", "properties": {"amount": "1"},
                  "filters": [{"values": {"region": ["us"]}, "properties": {"amount": "2"}}]}  # fmt: skip
        at_once = {"billable_metric_id": "${calls}", "charge_model": "standard", "pay_in_advance": True,
                   "invoiceable": False, "code": "at_once", "properties": {"amount": "1"}}  # fmt: skip
        plan = {"name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
                "pay_in_advance": True, "charges": [charge, at_once], "fixed_charges": [fixed]}  # fmt: skip
        made = self._made("plans", {"plan": plan})["plan"]
        self._entitle()
        self.names["charge"] = made["charges"][0]["code"]
        self.names["filter"] = made["charges"][0]["filters"][0]["lago_id"]
        self._made("customers", {"customer": CUSTOMER})
        subscription = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
        self._made("subscriptions", {"subscription": subscription})
        self._made("subscriptions", {"subscription": subscription | {"external_id": "paused"}})
        self._made("subscriptions/paused/pause", {"subscription": {"credit_unused": False}})
        coupon = {"name": "Ten", "code": "ten", "coupon_type": "percentage", "percentage_rate": "10",
                  "frequency": "forever", "expiration": "no_expiration"}  # fmt: skip
        self._made("coupons", {"coupon": coupon})
        taken = {"external_customer_id": "cust", "coupon_code": "ten"}
        applied = self._made("applied_coupons", {"applied_coupon": taken})
        self.names["applied_coupon"] = applied["applied_coupon"]["lago_id"]
        self._bill()
        self._deal()

    def _deal(self) -> None:
        """Make a deal and let the customer take it, once all is billed."""
        discount = {"coupon_type": "percentage", "percentage_rate": "10", "frequency": "once"}
        deal = {"code": "startup", "name": "Startup", "redemption_codes": ["OPEN"], "discount": discount,
                "trial_days": 7, "plan_code": "pro", "max_per_customer": 3}  # fmt: skip
        self._made("deals", {"deal": deal})
        taken = self._made("customers/cust/deal_redemptions", {"deal_redemption": {"redemption_code": "open"}})
        self.names["deal_redemption"] = taken["deal_redemption"]["lago_id"]

    def _bill(self) -> None:
        """Bill what is due, one customer's as a draft and an event at once, and give a part of it back."""
        grace = {"external_id": "slow", "currency": "EUR", "billing_configuration": {"invoice_grace_period": 3}}
        self._made("customers", {"customer": grace})
        slow = {"external_customer_id": "slow", "external_id": "slow", "plan_code": "pro"}
        self._made("subscriptions", {"subscription": slow})
        call_command("tick", stdout=io.StringIO())
        event = {"transaction_id": "alone", "external_subscription_id": "sub", "code": "calls"}
        self._made("events", {"event": event})
        dispatch.run_pending(now=timezone.now())
        self.names["fee_alone"] = str(Fee.objects.get(event_transaction_id="alone").lago_id)
        wallet = {"external_customer_id": "cust", "name": "Main", "code": "main", "rate_amount": "1", "currency": "EUR",
                  "granted_credits": "100", "metadata": {"kept": "1"}}  # fmt: skip
        self.names["wallet"] = self._made("wallets", {"wallet": wallet})["wallet"]["lago_id"]
        invoice = Invoice.objects.get(customer__external_id="cust")
        self.names["invoice"], self.names["fee"] = str(invoice.lago_id), str(invoice.fees.order_by("id")[0].lago_id)
        self.names["draft"] = str(Invoice.objects.get(status=Invoice.Status.DRAFT).lago_id)
        sold = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}]}
        self.names["one_off"] = self._made("invoices", {"invoice": sold})["invoice"]["lago_id"]
        period = BilledPeriod.objects.filter(invoice=invoice).earliest("pk")
        now = timezone.now()
        late = LateUsage(period=period, number=1, customer=invoice.customer, currency="EUR", is_priced=True)
        late.created_at = late.updated_at = now
        late.save()
        self.names["late_usage"] = str(late.lago_id)
        self._pay(sold)
        items = [{"fee_id": "${fee}", "amount_cents": 20}]
        note = {"invoice_id": "${invoice}", "credit_amount_cents": 18, "items": items, "metadata": {"ticket": "7"}}
        told = {"webhook_url": "https://hooks.example.com/", "event_types": ["payment.succeeded"]}
        endpoint = self._made("webhook_endpoints", {"webhook_endpoint": told})["webhook_endpoint"]
        self.names["webhook_endpoint"] = endpoint["lago_id"]
        usage = {"alert_type": "current_usage_amount", "code": "usage", "thresholds": [{"value": 10**9}]}
        self._made("subscriptions/sub/alerts", {"alert": usage})
        low = {"alert_type": "wallet_balance_amount", "code": "low", "thresholds": [{"value": 1}]}
        self._made("customers/cust/wallets/main/alerts", {"alert": low})
        self.names["credit_note"] = self._made("credit_notes", {"credit_note": note})["credit_note"]["lago_id"]

    def _pay(self, sold: dict[str, Any]) -> None:
        """Connect a provider with a stored card, pay a part of an invoice, and have another one overdue."""
        entries = self._read(f"wallets/{self.names['wallet']}/wallet_transactions")["wallet_transactions"]
        self.names["top_up"] = entries[0]["lago_id"]
        now = timezone.now()
        account = payment_providers.connect("stripe", key="sk_test_1", now=now)
        slow = Customer.objects.get(external_id="slow")
        cards = [{"id": "pm_1", "type": "card"}, {"id": "pm_2", "type": "card"}]
        *_, method = payment_methods.follow(slow, account, cards, now=now)
        self.names["method"] = str(method.lago_id)
        late = self._made("invoices", {"invoice": sold})["invoice"]["lago_id"]
        self.names["overdue"] = late
        Invoice.objects.filter(lago_id=late).update(payment_overdue=True)
        asked = {"external_customer_id": "cust", "lago_invoice_ids": [late]}
        self.names["payment_request"] = self._made("payment_requests", {"payment_request": asked})["payment_request"][
            "lago_id"
        ]
        paid = {"invoice_id": self.names["one_off"], "amount_cents": 10, "reference": "part"}
        self.names["payment"] = self._made("payments", {"payment": paid})["payment"]["lago_id"]
        receipt = self._read("payment_receipts")["payment_receipts"][0]
        self.names["receipt"] = receipt["lago_id"]
        self._ask(sold)

    def _ask(self, sold: dict[str, Any]) -> None:
        """Ask for the payment of an overdue invoice, take credits away, and name what the logs say of it all."""
        late = self._made("invoices", {"invoice": sold})["invoice"]["lago_id"]
        Invoice.objects.filter(lago_id=late).update(payment_overdue=True)
        asked = {"external_customer_id": "cust", "lago_invoice_ids": [late]}
        request = self._made("payment_requests", {"payment_request": asked})["payment_request"]
        self.names["payment_request"] = request["lago_id"]
        taken = {"wallet_id": self.names["wallet"], "voided_credits": "1"}
        [entry] = self._made("wallet_transactions", {"wallet_transaction": taken})["wallet_transactions"]
        self.names["spent"] = entry["lago_id"]
        self.names["activity"] = self._read("activity_logs")["activity_logs"][0]["activity_id"]
        self.names["api_log"] = self._read("api_logs")["api_logs"][0]["request_id"]
