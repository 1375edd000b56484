"""Stripe, by its own SDK, with one pinned version of its API and no retries of the SDK's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.db import connection

from invoicing.calculations import payment_states
from invoicing.providers.contract import Ambiguous, Booked, Busy, Claim, Order, Outcome, Refused, Repeated

API_VERSION = "2026-10-28.endive"
T = TypeVar("T")


class StripeGateway:
    """An account at Stripe; see `contract.Gateway`."""

    def __init__(self, key: str) -> None:
        base: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {}
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses=base,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=settings.STRIPE_TIMEOUT),
        )

    def charge(self, order: Order) -> Outcome:
        """Make a confirmed PaymentIntent off session."""
        parameters: Any = {
            "amount": order.amount,
            "currency": order.currency.lower(),
            "customer": order.provider_customer_id,
            "payment_method": order.provider_method_id,
            "confirm": True,
            "off_session": True,
            "description": order.description,
            "metadata": {**order.metadata, "payment_id": order.payment_id},
        }
        options: Any = {"idempotency_key": order.key}
        try:
            return _outcome(self._call(lambda: self._client.v1.payment_intents.create(parameters, options)))
        except Declined as declined:
            return declined.outcome

    def look_up(self, provider_payment_id: str) -> Outcome:
        """Return a PaymentIntent as it is now."""
        return _outcome(self._call(lambda: self._client.v1.payment_intents.retrieve(provider_payment_id)))

    def find(self, payment_id: str, provider_customer_id: str, since: datetime) -> Outcome | None:
        """Look through the customer's PaymentIntents: unlike Stripe's search, a list has what was made just now."""
        query: Any = {"customer": provider_customer_id, "created": {"gte": int(since.timestamp())}, "limit": 100}
        page = self._call(lambda: self._client.v1.payment_intents.list(query))
        for intent in self._call(lambda: list(page.auto_paging_iter())):
            if _metadata(intent).get("payment_id") == payment_id:
                return _outcome(intent)
        return None

    def cancel(self, provider_payment_id: str) -> Outcome:
        """Cancel a PaymentIntent; Stripe refuses that of one that has succeeded or is being processed."""
        try:
            return _outcome(self._call(lambda: self._client.v1.payment_intents.cancel(provider_payment_id)))
        except Refused:
            return self.look_up(provider_payment_id)

    def close_page(self, page_id: str) -> bool:
        """Expire a Checkout session; Stripe refuses that of one that is not open."""
        try:
            self._call(lambda: self._client.v1.checkout.sessions.expire(page_id))
        except Refused:
            return False
        return True

    def create_customer(self, key: str, facts: Mapping[str, Any]) -> str:
        """Return the id of a new customer."""
        parameters, options = dict(facts), {"idempotency_key": key}
        made = self._call(lambda: self._client.v1.customers.create(parameters, options))  # type: ignore[arg-type]
        return str(made.id)

    def methods(self, provider_customer_id: str) -> list[Mapping[str, Any]]:
        """Return the customer's payment methods, newest first."""
        page = self._call(lambda: self._client.v1.customers.payment_methods.list(provider_customer_id))
        return [method.to_dict() for method in page.data]

    def detach(self, provider_method_id: str) -> None:
        """Forget a payment method."""
        self._call(lambda: self._client.v1.payment_methods.detach(provider_method_id))

    def checkout(self, key: str, parameters: Mapping[str, Any]) -> tuple[str, str]:
        """Return id and address of a Checkout session."""
        asked, options = dict(parameters), {"idempotency_key": key}
        made = self._call(lambda: self._client.v1.checkout.sessions.create(asked, options))  # type: ignore[arg-type]
        return str(made.id), str(made.url)

    def refund(self, key: str, provider_payment_id: str, amount: int, metadata: Mapping[str, str]) -> tuple[str, str]:
        """Return id and status of a new refund."""
        asked: Any = {"payment_intent": provider_payment_id, "amount": amount, "metadata": dict(metadata)}
        options: Any = {"idempotency_key": key}
        made = self._call(lambda: self._client.v1.refunds.create(asked, options))
        return str(made.id), str(made.status)

    def look_up_refund(self, provider_refund_id: str) -> str:
        """Return the status of a refund."""
        return str(self._call(lambda: self._client.v1.refunds.retrieve(provider_refund_id)).status)

    def find_refund(self, provider_payment_id: str, refund_id: str) -> tuple[str, str] | None:
        """Look through the refunds of a PaymentIntent."""
        query: Any = {"payment_intent": provider_payment_id, "limit": 100}
        page = self._call(lambda: self._client.v1.refunds.list(query))
        for refund in self._call(lambda: list(page.auto_paging_iter())):
            if _metadata(refund).get("refund_id") == refund_id:
                return str(refund.id), str(refund.status)
        return None

    def dispute(self, provider_dispute_id: str) -> Claim:
        """Return a dispute as it is now."""
        return _claim(self._call(lambda: self._client.v1.disputes.retrieve(provider_dispute_id)))

    def events(self, since: datetime) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Return the account's events since then, at most thirty days back."""
        for page in self._pages(self._client.v1.events, since):
            yield [event.to_dict() for event in page]

    def charges(self, since: datetime) -> Iterator[Sequence[Booked]]:
        """Return the PaymentIntents that were made since."""
        for page in self._pages(self._client.v1.payment_intents, since):
            yield [_booked(intent, "payment_id") for intent in page]

    def refunds(self, since: datetime) -> Iterator[Sequence[Booked]]:
        """Return the refunds that were made since."""
        for page in self._pages(self._client.v1.refunds, since):
            yield [_booked(refund, "refund_id", str(refund.payment_intent or "")) for refund in page]

    def disputes(self, since: datetime) -> Iterator[Sequence[Claim]]:
        """Return the disputes that were opened since."""
        for page in self._pages(self._client.v1.disputes, since):
            yield [_claim(dispute) for dispute in page]

    def _pages(self, service: Any, since: datetime) -> Iterator[Sequence[Any]]:
        query: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        page = self._call(lambda: service.list(query))
        while True:
            yield page.data
            if not page.has_more:
                return
            page = self._call(page.next_page)

    def _call(self, call: Callable[[], T]) -> T:
        """Make a call, and say in the contract's words what went wrong."""
        if connection.in_atomic_block:
            raise RuntimeError("Stripe is not called inside a transaction.")
        try:
            return call()
        except stripe.CardError as error:
            raise _declined(error) from error
        except stripe.RateLimitError as error:
            raise Busy(_seconds(error)) from error
        except (stripe.APIConnectionError, stripe.IdempotencyError) as error:
            raise Ambiguous(str(error)) from error
        except stripe.StripeError as error:
            raise _failure(error) from error


class Declined(Refused):
    """The card was refused; Stripe made a PaymentIntent all the same."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.error_code, outcome.error_message)


def _declined(error: stripe.CardError) -> Refused:
    body: Any = (error.json_body or {}).get("error", {})
    intent, message = body.get("payment_intent") or {}, error.user_message or str(error)
    state = _state_of("requires_payment_method", error.code or "")
    return Declined(Outcome(str(intent.get("id", "")), state, error_code=error.code or "", error_message=message))


def _state_of(status: str, error_code: str) -> str:
    """Return our state: a card that only wants its owner to be there has not failed."""
    if status == "requires_payment_method" and error_code == "authentication_required":
        return payment_states.REQUIRES_ACTION
    return payment_states.OF_INTENT.get(status, payment_states.PROCESSING)


def _failure(error: stripe.StripeError) -> Exception:
    status = error.http_status or 500
    if status == 409:
        return Busy()
    if status >= 500:
        is_replayed = str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"
        return Repeated(str(error)) if is_replayed else Ambiguous(str(error))
    return Refused(error.code or "refused", error.user_message or str(error))


def _seconds(error: stripe.StripeError) -> int | None:
    text = str((error.headers or {}).get("Retry-After", ""))
    return int(text) if text.isdigit() else None


def _metadata(made: Any) -> Mapping[str, str]:
    return dict(made.metadata.to_dict()) if made.metadata else {}


def _outcome(intent: Any) -> Outcome:
    error = intent.last_payment_error
    code = (error.code or "") if error else ""
    return Outcome(
        provider_payment_id=str(intent.id),
        state=_state_of(intent.status, code),
        payment_id=_metadata(intent).get("payment_id", ""),
        error_code=code,
        error_message=(error.message or "") if error else "",
        next_action=intent.next_action.to_dict() if intent.next_action else {},
    )


def _claim(dispute: Any) -> Claim:
    due = dispute.evidence_details.due_by if dispute.evidence_details else None
    moved = [movement.amount for movement in dispute.balance_transactions]
    return Claim(
        provider_dispute_id=str(dispute.id),
        provider_payment_id=str(dispute.payment_intent or ""),
        status=str(dispute.status),
        reason=str(dispute.reason or ""),
        amount=int(dispute.amount),
        currency=str(dispute.currency).upper(),
        withdrawn=int(dispute.amount) if sum(moved) < 0 else 0,  # the account may settle in another currency
        movements=len(moved),
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
        respond_by=datetime.fromtimestamp(due, UTC) if due else None,
    )


def _booked(made: Any, own: str, payment_object_id: str = "") -> Booked:
    return Booked(
        object_id=str(made.id),
        status=str(made.status),
        amount=int(made.amount),
        currency=str(made.currency).upper(),
        own_id=_metadata(made).get(own, ""),
        payment_object_id=payment_object_id,
    )
