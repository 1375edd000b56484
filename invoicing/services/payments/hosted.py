"""Hosted pages: where a customer stores a card, or pays an invoice by hand. Made outside of any transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Conflict, NotAllowed, invalid
from customers.models import Customer, PaymentProvider
from customers.services import payment_methods
from invoicing.calculations import payment_states
from invoicing.models import Invoice, Payment, PaymentRequest
from invoicing.providers.contract import Ambiguous, Busy, Refused
from invoicing.selectors import payments
from invoicing.services.payments import providers, settling

LASTS = timedelta(hours=23)  # Stripe's own end of a session is 24 hours
CHECKOUT = "checkout"  # the type of next action of a payment that waits at such a page
State = Payment.State


class BeingPaid(NotAllowed):
    code = "payment_processor_is_currently_handling_payment"


class AlreadyPaid(NotAllowed):
    code = "invoice_payment_already_succeeded"


def page_to_store_a_method(customer: Customer, *, now: datetime, back: str = "") -> str:
    """
    Return the address of a page on which a customer stores a card; it leads `back` to where the customer came from.

    :raises Invalid: (422) if the customer is linked to no provider
    :raises Conflict: (409) if the provider does not answer
    """
    provider = _provider(customer)
    customer = _known(customer, provider, now=now)
    parameters = {"mode": "setup", "customer": customer.provider_customer_id, "payment_method_types": ["card"]}
    key = f"setup-{customer.lago_id}-{int(now.timestamp())}"
    url = _checkout(provider, key, parameters, back)[1]
    activity.record("customer.checkout_url_generated", customer, now=now, details={"checkout_url": url})
    return url


def page_to_pay(invoice: Invoice, *, now: datetime, back: str = "") -> str:
    """
    Return the address of a page on which an invoice is paid; the same until it is used or has ended.

    :raises Invalid: (422) if the customer is linked to no provider, or it does not take this amount
    :raises NotAllowed: (405) if nothing is due, or a payment is on its way
    :raises Conflict: (409) if the provider does not answer
    """
    return _page_to_pay(invoice.customer, [invoice.pk], None, now, back)


def page_to_pay_request(request: PaymentRequest, *, now: datetime, back: str = "") -> str:
    """Return the address of a page on which all that is due of a request is paid at once; refuses as `page_to_pay`."""
    invoices = list(request.items.order_by("invoice_id").values_list("invoice_id", flat=True))
    return _page_to_pay(request.customer, invoices, request, now, back)


def _page_to_pay(
    customer: Customer, invoices: Sequence[int], request: PaymentRequest | None, now: datetime, back: str
) -> str:
    provider = _provider(customer)
    customer = _known(customer, provider, now=now)
    _leave_other_pages(customer, invoices, request, provider, now)
    payment = _waiting(customer, invoices, request, provider, now)
    if address := payment.next_action.get("url"):
        return str(address)
    # A page that leads back elsewhere is another page, and needs a key of its own.
    key = f"checkout-{payment.lago_id}{'-back' if back else ''}"
    session, address = _checkout(provider, key, _purchase(payment), back)
    action = {"type": CHECKOUT, "url": address, "session": session}
    Payment.objects.filter(pk=payment.pk, state=State.REQUIRES_ACTION).update(next_action=action, updated_at=now)
    return address


def _leave_other_pages(
    customer: Customer,
    invoices: Sequence[int],
    request: PaymentRequest | None,
    provider: PaymentProvider,
    now: datetime,
) -> None:
    """
    End the pages that wait for some of these invoices in another way: for one of them, for others too, or for less.

    Each is closed at the provider first: where it was open no more, it may have been paid.
    """
    due = sum(row.total_due_amount_cents for row in Invoice.objects.filter(pk__in=invoices) if _is_due(row))
    waiting = payments.live_of(invoices).filter(state=State.REQUIRES_ACTION, next_action__type=CHECKOUT)
    for payment in waiting.exclude(payment_request=request, amount_cents=due).order_by("pk"):
        if session := payment.next_action.get("session"):
            with _answering():
                is_closed = providers.gateway(provider).close_page(str(session))
            if not is_closed:
                raise BeingPaid("A payment of this is on its way.")
        _cancel(customer, payment, now)


@transaction.atomic
def _cancel(customer: Customer, payment: Payment, now: datetime) -> None:
    """Note that nothing will be paid at a page any more; the invoice waits for its payment as before."""
    Customer.objects.lock(customer.pk)
    payment = Payment.objects.lock(payment.pk)
    if payment.state == State.REQUIRES_ACTION:
        payment.state, payment.next_attempt_at, payment.updated_at = State.CANCELED, None, now
        payment.save(update_fields=["state", "next_attempt_at", "updated_at"])
        activity.record("payment.canceled", payment, now=now)


@transaction.atomic
def _waiting(
    customer: Customer, ids: Sequence[int], request: PaymentRequest | None, provider: PaymentProvider, now: datetime
) -> Payment:
    """Return the payment that waits at a page, a new one if there is none."""
    Customer.objects.lock(customer.pk)
    locked = Invoice.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    invoices = [row for row in locked if _is_due(row)]
    if not invoices:
        raise AlreadyPaid("Nothing is due of this.")
    if any(row.status not in settling.PAYABLE for row in invoices):
        raise NotAllowed("Only a final invoice is paid.", code="invalid_status")
    due, currency = sum(row.total_due_amount_cents for row in invoices), invoices[0].currency
    if payment_states.provider_amount(due, currency) is None:
        raise invalid("amount_cents", "amount_too_small", "The provider does not charge this amount.")
    live: Payment | None = payments.live_of([row.pk for row in invoices]).first()
    if live is not None:
        is_same = live.payment_request == request and live.amount_cents == due and live.cancel_requested_at is None
        if live.next_action.get("type") != CHECKOUT or not is_same:
            raise BeingPaid("A payment of this is on its way.")
        return live
    made: Payment = Payment.objects.create(
        customer=customer,
        invoice=invoices[0],
        payment_request=request,
        payment_type=Payment.Type.PROVIDER,
        state=State.REQUIRES_ACTION,
        amount_cents=due,
        currency=currency,
        provider=provider,
        provider_customer_id=customer.provider_customer_id,
        first_sent_at=now,
        next_attempt_at=now + timedelta(hours=1),
        next_action={"type": CHECKOUT},
        created_at=now,
        updated_at=now,
    )
    return made


def _is_due(invoice: Invoice) -> bool:
    return bool(invoice.total_due_amount_cents) and invoice.payment_status != Invoice.PaymentStatus.SUCCEEDED


def _purchase(payment: Payment) -> Mapping[str, Any]:
    amount = payment_states.provider_amount(payment.amount_cents, payment.currency)
    ends = payment.created_at + LASTS
    facts = {"payment_id": payment.lago_id.hex, "invoice_id": str(payment.invoice.lago_id)}
    name = payments.name_of(payment)
    price = {"currency": payment.currency.lower(), "unit_amount": amount, "product_data": {"name": name}}
    return {
        "mode": "payment",
        "customer": payment.provider_customer_id,
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"metadata": facts, "description": name},
        "metadata": facts,
        "expires_at": int(ends.timestamp()),
    }


def _provider(customer: Customer) -> PaymentProvider:
    provider = providers.provider_of(customer)
    if provider is None:
        raise invalid("base", "no_linked_payment_provider", "The customer is linked to no payment provider.")
    return provider


def _known(customer: Customer, provider: PaymentProvider, *, now: datetime) -> Customer:
    """Return the customer with the id under which the provider knows it, made there if need be."""
    if customer.provider_customer_id:
        return customer
    emails = customer.emails
    facts = {"name": customer.display_name, "metadata": {"customer_id": str(customer.lago_id)}}
    facts |= {"email": emails[0]} if emails else {}
    with _answering():
        try:
            made = providers.gateway(provider).create_customer(f"customer-{provider.pk}-{customer.lago_id}", facts)
        except Refused as error:
            details = {"code": error.code, "message": error.message}
            activity.record("customer.payment_provider_error", customer, now=now, details=details)
            raise
    return payment_methods.link(customer, made, now=now)


def _checkout(provider: PaymentProvider, key: str, parameters: Mapping[str, Any], back: str) -> tuple[str, str]:
    back = back or provider.success_redirect_url or settings.BASE_URL
    with _answering():
        return providers.gateway(provider).checkout(key, {**parameters, "success_url": back})


class _answering:  # noqa: N801
    """Turns a provider's silence or refusal into an answer."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Ambiguous | Busy):
            raise Conflict("The payment provider does not answer just now.") from error
        if isinstance(error, Refused):
            raise invalid("base", error.code or "refused", error.message) from error
