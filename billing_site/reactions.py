"""After X, do Y: the one place where a floor's news reaches the floors above it. Each name is safe to run twice."""

from collections.abc import Mapping, Sequence

from billing_site.core.dispatch import Listener, Reaction
from credits import tasks as credits
from customers import tasks as customers
from invoicing import tasks as invoicing
from metering import tasks as metering
from plans import tasks as plans
from webhooks import tasks as webhooks
from webhooks.services import announcing

REACTIONS: Mapping[str, Sequence[Reaction]] = {
    "billable_metric.updated": [plans.follow_metric],
    "billable_metric.deleted": [plans.follow_metric, metering.put_events_aside],
    "billing_entity.updated": [plans.follow_zone_of_entity, invoicing.follow_grace_of_entity],
    "customer.vat_number_waits": [customers.check_vat_number],
    "customer.created": [invoicing.read_payment_methods],
    "customer.updated": [plans.follow_zone, invoicing.follow_grace, invoicing.read_payment_methods],
    "customer.deleted": [plans.end_customer, invoicing.close_customer, credits.close_customer],
    "plan.deleted": [plans.end_plan, invoicing.close_plan],
    "events.received": [invoicing.bill_events],
    "subscription.incomplete": [invoicing.bill_gate],
    "subscription.canceled": [invoicing.close_gate],
    "subscription.paused": [invoicing.bill_customer],
    "subscription.resumed": [invoicing.credit_unused, invoicing.bill_customer, plans.watch_usage],
    "fixed_charge.units_changed": [invoicing.bill_changed_units],
    "subscription.started": [invoicing.bill_customer, plans.watch_usage],
    "subscription.terminated": [invoicing.credit_unused, invoicing.bill_customer],
    "price_change.planned": [invoicing.tell_of_prices],
    "price_change.called_off": [invoicing.tell_of_prices],
    "invoice.finalized": [invoicing.mail_invoice, invoicing.collect_payment],
    "invoice.opened": [invoicing.collect_payment],
    "credit_note.created": [
        invoicing.refund_by_provider,
        invoicing.cancel_set_off,
        invoicing.mail_credit_note,
    ],
    "payment.created": [invoicing.send_payments],
    "payment.cancel_requested": [invoicing.send_payments],
    "payment.given_back": [invoicing.send_refunds],
    "payment_method.deleted": [invoicing.let_method_go],
    "payment_provider.told": [invoicing.listen_to_providers],
    "invoice.voided": [invoicing.follow_payment],
    "invoice.payment_status_updated": [
        invoicing.follow_payment,
        invoicing.settle_gate,
        invoicing.follow_requests,
        invoicing.cancel_superfluous,
    ],
    "payment_request.created": [invoicing.ask_for_payment],
    "payment_receipt.created": [invoicing.mail_receipt],
    "wallet_transaction.purchased": [invoicing.bill_top_up],
    "webhook_endpoint.parked": [webhooks.mail_staff],
}
# What is told to the outside is in webhooks/catalogue.py.
LISTENERS: Sequence[Listener] = [Listener(wanted=announcing.wanted, hear=announcing.announce)]
