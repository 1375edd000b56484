"""Customers with stored cards and an unpaid invoice each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from customers.models import Customer, PaymentProvider
from customers.services import customers, payment_methods, payment_providers
from invoicing.calculations.credit_notes import Shares
from invoicing.models import Invoice
from invoicing.services import one_off
from invoicing.services.credit_notes import creation as credit_notes
from invoicing.services.payments import collecting, refunds
from plans.services import add_ons

SECRET = "whsec_new"
BEGIN = datetime(2024, 3, 1, 9, tzinfo=UTC)
LATER = BEGIN + timedelta(hours=2)


def invoices(count, method_of=lambda number: "pm_card"):
    """Make that many customers, each with a stored card of the fake's and an invoice of 100.00 and some cents."""
    account = payment_providers.connect("stripe", key="sk_test_1", webhook_secrets=f"whsec_old\n{SECRET}", now=BEGIN)
    add_ons.create(now=BEGIN, code="setup", name="Setup", amount_cents=10_000, amount_currency="EUR")
    return more_invoices(count, method_of, account=account)


def more_invoices(count, method_of=lambda number: "pm_card", *, account=None):
    """Make as many more customers, each with a card and an invoice."""
    account = account or PaymentProvider.objects.get()
    made, before = [], Customer.objects.count()
    for number in range(before, before + count):
        customer = customers.upsert(
            f"cust-{number}", now=BEGIN, currency="EUR", payment_provider="stripe", payment_provider_code="stripe",
            provider_customer_id=f"cus_{number}",
        )  # fmt: skip
        payment_methods.follow(customer, account, [{"id": f"{method_of(number)}_{number}", "type": "card"}], now=BEGIN)
        made.append(invoice_of(customer, 10_000 + number))
    return made


def invoice_of(customer, cents):
    """Sell a customer something for that much."""
    line = one_off.Line(add_on_code="setup", units=Decimal(1), unit_amount_cents=cents)
    return one_off.create(customer, one_off.OneOff("EUR", "", None), [line], now=BEGIN)


def start_all():
    """Make the payment of each invoice that has none yet."""
    for invoice in Invoice.objects.filter(status="finalized", payment_status="pending").order_by("pk"):
        collecting.start(invoice, now=BEGIN)


def refund(payment, cents, *, now):
    """Credit a part of what a payment paid, to be refunded."""
    fee = payment.invoice.fees.get()
    terms = {"reason": "other"}
    note = credit_notes.create(
        payment.invoice, items=[(fee.lago_id, cents)], shares=Shares(0, cents), now=now, terms=terms
    )
    refunds.start(note, now=now)
    return note
