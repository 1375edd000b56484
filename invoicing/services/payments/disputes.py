"""
Payments that a customer's bank asks back: kept as the provider has them (reliability L18).

| told | done |
|---|---|
| opened, updated | stored; staff see until when to answer |
| funds withdrawn, reinstated | noted, by how often money has moved: order and repeats do not matter |
| lost | the invoices that the payment paid say so; a loss in the journal |
| won, or only asked about | closed |
"""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from customers.models import Customer, PaymentProvider
from invoicing.calculations import payment_states
from invoicing.models import Dispute, Invoice, Payment
from invoicing.providers.contract import Ambiguous, Claim
from invoicing.services import invoice_changes
from invoicing.services.payments import outcomes, providers

State = Dispute.State
DISPUTABLE = (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


def follow(provider: PaymentProvider, claim: Claim, *, now: datetime) -> Dispute | None:
    """
    Keep a dispute as the provider has it now; None if it is not over a payment of ours.

    :raises Ambiguous: if the provider does not say that the payment has succeeded
    """
    found = Payment.objects.filter(provider=provider, provider_payment_id=claim.provider_payment_id)
    payment = found.select_related("provider").first() if claim.provider_payment_id else None
    if payment is None:
        return None
    if payment.state != Payment.State.SUCCEEDED:
        outcome = providers.gateway(provider).look_up(payment.provider_payment_id)
        outcomes.apply(payment, outcome, now=now)
    return _keep(payment, claim, now)


@transaction.atomic
def _keep(payment: Payment, claim: Claim, now: datetime) -> Dispute:
    Customer.objects.lock(payment.customer_id)
    payment = Payment.objects.lock(payment.pk)
    if payment.state != Payment.State.SUCCEEDED:
        raise Ambiguous("A payment is disputed of which it is not known that it succeeded.")
    facts = {"provider_id": payment.provider_id, "provider_dispute_id": claim.provider_dispute_id}
    dispute = Dispute.objects.filter(**facts).select_for_update(of=("self",)).first()
    is_new, before = dispute is None, dispute.state if dispute else ""
    dispute = dispute or Dispute(payment=payment, created_at=now, opened_at=claim.opened_at, movements=0, **facts)
    state = payment_states.OF_DISPUTE.get(claim.status, State.OPEN)
    if claim.movements >= dispute.movements:
        dispute.movements = claim.movements
        dispute.withdrawn_amount_cents = payment_states.cents_of(claim.withdrawn, claim.currency)
    if is_new or dispute.state == State.OPEN or state != State.OPEN:  # what is decided is not open any more
        dispute.state, dispute.provider_status = state, claim.status[:50]
        dispute.closed_at = None if state == State.OPEN else dispute.closed_at or now
    dispute.amount_cents = payment_states.cents_of(claim.amount, claim.currency)
    dispute.currency, dispute.reason, dispute.respond_by = claim.currency, claim.reason[:100], claim.respond_by
    dispute.updated_at = now
    dispute.save()
    if is_new:
        activity.record("dispute.opened", dispute, now=now)
    if dispute.state not in (before, State.OPEN):
        activity.record(f"dispute.{dispute.state}", dispute, now=now)
    if dispute.state == State.LOST:
        _lose(dispute, now)
    return dispute


def _lose(dispute: Dispute, now: datetime) -> None:
    paid = dispute.payment.allocations.order_by("invoice_id").select_related("invoice")
    for allocation in paid.filter(invoice__status__in=DISPUTABLE):
        invoice_changes.lose_dispute(allocation.invoice, now=now, provider_error={"reason": dispute.reason})
