"""What invoicing does after something happened elsewhere; each is safe to run twice."""

from datetime import datetime

from billing_site.core import rehearsal
from billing_site.core.models import Activity
from credits.models import WalletTransaction
from customers.models import Customer, PaymentMethod
from invoicing.models import CreditNote, Invoice, PaymentRequest
from invoicing.selectors import payments
from invoicing.services import (
    billing,
    closing,
    gates,
    grace_periods,
    mailing,
    pay_in_advance,
    price_notices,
    top_ups,
    unit_changes,
)
from invoicing.services.credit_notes import automatic
from invoicing.services.payment_requests import mailing as request_mailing
from invoicing.services.payment_requests import statuses as request_statuses
from invoicing.services.payments import cancelling, collecting, inbox, methods, receipt_documents, refunds
from plans.models import PriceChangeMember, Subscription


def bill_customer(activity: Activity, *, now: datetime) -> None:
    """Bill what is due of the customer that an activity is about; a run would find it later all the same."""
    billing.bill_due(now=now, customer_id=activity.customer_id)


def credit_unused(activity: Activity, *, now: datetime) -> None:
    """Give back what an ended or paused subscription has paid for and not used."""
    automatic.credit_unused(activity.subject_id, now=now)


def bill_changed_units(activity: Activity, *, now: datetime) -> None:
    """Bill the units that were raised at once; a tick would find them later all the same."""
    unit_changes.bill_changes(now=now)


def follow_grace(activity: Activity, *, now: datetime) -> None:
    """Move the drafts of a customer whose days of grace have changed."""
    if "invoice_grace_period" in activity.changes:
        grace_periods.follow_customer(activity.subject_id, activity.changes["invoice_grace_period"], now=now)


def follow_grace_of_entity(activity: Activity, *, now: datetime) -> None:
    """Do the same for the customers that have the days of grace of their billing entity."""
    if "invoice_grace_period" in activity.changes:
        grace_periods.follow_entity(activity.subject_id, activity.changes["invoice_grace_period"], now=now)


def mail_invoice(activity: Activity, *, now: datetime) -> None:
    """Mail the invoice that has become final, if its customer and its billing entity want that; once."""
    mailing.send_finalized(Invoice.objects.get(pk=activity.subject_id), now=now)


def read_payment_methods(activity: Activity, *, now: datetime) -> None:
    """Read what a customer who was linked to a provider has stored there."""
    link = {"provider_customer_id", "payment_provider", "payment_provider_code"}
    if activity.type == "customer.created" or link & activity.changes.keys():
        methods.read(Customer.objects.get(pk=activity.subject_id), now=now)


def let_method_go(activity: Activity, *, now: datetime) -> None:
    """Have the provider forget a payment method that has been put away."""
    methods.let_go(PaymentMethod.objects.select_related("provider").get(pk=activity.subject_id))


def collect_payment(activity: Activity, *, now: datetime) -> None:
    """Charge the customer's stored method, if there is one, for an invoice that is to be paid."""
    if PaymentMethod.objects.live().filter(customer_id=activity.customer_id, is_default=True).exists():
        collecting.start(Invoice.objects.get(pk=activity.subject_id), now=now)


def send_payments(activity: Activity, *, now: datetime) -> None:
    """Send the payments that wait; in a rehearsal nobody is charged."""
    if not rehearsal.is_rehearsal():
        collecting.send_due(now=now)


def cancel_superfluous(activity: Activity, *, now: datetime) -> None:
    """Take back the payments on their way of an invoice that was paid otherwise."""
    cancelling.cancel_superfluous(Invoice.objects.get(pk=activity.subject_id), now=now)


def cancel_set_off(activity: Activity, *, now: datetime) -> None:
    """Take back the payments on their way that are more than a credit note has left due."""
    note = CreditNote.objects.select_related("invoice").get(pk=activity.subject_id)
    cancelling.cancel_superfluous(note.invoice, now=now)


def refund_by_provider(activity: Activity, *, now: datetime) -> None:
    """Have the provider give back what a credit note refunds of what it took."""
    refunds.start(CreditNote.objects.get(pk=activity.subject_id), now=now)
    send_refunds(activity, now=now)


def send_refunds(activity: Activity, *, now: datetime) -> None:
    """Send the refunds that wait; in a rehearsal nothing is given back."""
    if not rehearsal.is_rehearsal():
        refunds.send_due(now=now)


def listen_to_providers(activity: Activity, *, now: datetime) -> None:
    """Handle what a provider has told, and ask it for what that was about."""
    inbox.handle_due(now=now)
    collecting.send_due(now=now)
    refunds.send_due(now=now)


def ask_for_payment(activity: Activity, *, now: datetime) -> None:
    """Mail a request for the payment of overdue invoices; once, and not to customers who asked for it themselves."""
    if activity.actor_kind == "customer":
        return
    asked = PaymentRequest.objects.select_related("customer__billing_entity", "billing_entity")
    request_mailing.send(asked.get(pk=activity.subject_id), now=now)


def follow_requests(activity: Activity, *, now: datetime) -> None:
    """Note the requests as paid of which no invoice waits any more."""
    request_statuses.follow([activity.subject_id], now=now)


def mail_receipt(activity: Activity, *, now: datetime) -> None:
    """Mail the receipt of a payment, if its customer and its billing entity want that; once."""
    receipt_documents.send(payments.receipts().get(pk=activity.subject_id), now=now)


def mail_credit_note(activity: Activity, *, now: datetime) -> None:
    """Mail the credit note that was made, if its customer and its billing entity want that; once."""
    notes = CreditNote.objects.select_related("invoice__billing_entity", "customer")
    mailing.send_created(notes.get(pk=activity.subject_id), now=now)


def close_customer(activity: Activity, *, now: datetime) -> None:
    """Bill what a deleted customer still owes, and make all its drafts final."""
    closing.close_customer(activity.subject_id, now=now)


def close_plan(activity: Activity, *, now: datetime) -> None:
    """Bill what the subscribers of a deleted plan still owe, and make their drafts final."""
    closing.close_plan(activity.subject_id, now=now)


def bill_events(activity: Activity, *, now: datetime) -> None:
    """Bill at once the events that an activity names."""
    pay_in_advance.bill_marked(activity.details["events"], now=now)


def bill_top_up(activity: Activity, *, now: datetime) -> None:
    """Make the invoice of the credits that an activity says were bought."""
    top_ups.bill(WalletTransaction.objects.select_related("wallet").get(pk=activity.subject_id), now=now)


def follow_payment(activity: Activity, *, now: datetime) -> None:
    """Let bought credits in when their invoice is paid; they fail with it."""
    top_ups.follow_payment(Invoice.objects.get(pk=activity.subject_id), now=now)


def bill_gate(activity: Activity, *, now: datetime) -> None:
    """Make the invoice whose payment a subscription waits for."""
    gates.bill(Subscription.objects.get(pk=activity.subject_id), now=now)


def settle_gate(activity: Activity, *, now: datetime) -> None:
    """Let what waits for an invoice's payment begin, or give it up if the payment has failed."""
    gates.settle(Invoice.objects.get(pk=activity.subject_id), now=now)


def close_gate(activity: Activity, *, now: datetime) -> None:
    """Void the unpaid invoice whose payment a canceled subscription had waited for."""
    gates.close(Subscription.objects.get(pk=activity.subject_id), now=now)


def tell_of_prices(activity: Activity, *, now: datetime) -> None:
    """Tell a customer of other prices, or that they were called off, if their customers are to be told; once."""
    rows = PriceChangeMember.objects.select_related("price_change__plan", "subscription__customer__billing_entity")
    member = rows.get(pk=activity.subject_id)
    price_notices.tell(member, is_off=activity.type == "price_change.called_off", now=now)
