"""What is asked of a provider of payments, and how it answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Ambiguous(Exception):
    """The call may or may not have had its effect: nothing may be concluded but by asking again."""


class Repeated(Ambiguous):
    """The provider answers this key with a failure of its own again and again: only looking helps."""


class Busy(Exception):
    """The provider did nothing and asks to come back later, in `seconds` if it says so."""

    def __init__(self, seconds: int | None = None) -> None:
        self.seconds = seconds
        super().__init__("busy")


class Refused(Exception):
    """The provider will not do it; `code` is its own word for why."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Order:
    """A charge to be made. `amount` is in the provider's units; `key` makes it happen once."""

    key: str
    payment_id: str
    amount: int
    currency: str
    provider_customer_id: str
    provider_method_id: str
    description: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider says of a charge; `state` is one of calculations.payment_states."""

    provider_payment_id: str
    state: str
    payment_id: str = ""  # our id, as the provider keeps it
    error_code: str = ""
    error_message: str = ""
    next_action: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """A dispute as the provider has it; amounts are in its units, and `movements` says how often money has moved."""

    provider_dispute_id: str
    provider_payment_id: str
    status: str
    reason: str
    amount: int
    currency: str
    withdrawn: int
    movements: int
    opened_at: datetime
    respond_by: datetime | None


@dataclass(frozen=True, slots=True)
class Booked:
    """A charge or refund in the provider's book, in its units and words; `own_id` is our id, as it keeps it."""

    object_id: str
    status: str
    amount: int
    currency: str
    own_id: str = ""
    payment_object_id: str = ""


class Gateway(Protocol):
    """An account at a provider. Every method may raise Ambiguous, Busy or Refused."""

    def charge(self, order: Order) -> Outcome:
        """Make a charge while the customer is away."""

    def look_up(self, provider_payment_id: str) -> Outcome:
        """Return what has become of a charge."""

    def find(self, payment_id: str, provider_customer_id: str, since: datetime) -> Outcome | None:
        """Return the charge that was made for one of our payments; None proves that there is none."""

    def cancel(self, provider_payment_id: str) -> Outcome:
        """Have a charge made no more, and return what has become of it: it may have been made already."""

    def close_page(self, page_id: str) -> bool:
        """Have nobody pay at a hosted page any more; False if it was open no more: closed, or used."""

    def create_customer(self, key: str, facts: Mapping[str, Any]) -> str:
        """Return the id of a new customer."""

    def methods(self, provider_customer_id: str) -> list[Mapping[str, Any]]:
        """Return the stored cards and accounts of a customer."""

    def detach(self, provider_method_id: str) -> None:
        """Forget a stored card or account."""

    def checkout(self, key: str, parameters: Mapping[str, Any]) -> tuple[str, str]:
        """Return id and address of a hosted page that stores a card or takes a payment."""

    def refund(self, key: str, provider_payment_id: str, amount: int, metadata: Mapping[str, str]) -> tuple[str, str]:
        """Give money back; return the refund's id and the provider's word for its state."""

    def look_up_refund(self, provider_refund_id: str) -> str:
        """Return the provider's word for the state of a refund."""

    def find_refund(self, provider_payment_id: str, refund_id: str) -> tuple[str, str] | None:
        """Return the refund that was made for one of ours; None proves that there is none."""

    def dispute(self, provider_dispute_id: str) -> Claim:
        """Return a dispute as it is now."""

    def events(self, since: datetime) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Return what has happened since, some at a time, in no order that matters."""

    def charges(self, since: datetime) -> Iterator[Sequence[Booked]]:
        """Return all charges that were begun since, some at a time."""

    def refunds(self, since: datetime) -> Iterator[Sequence[Booked]]:
        """Return all refunds that were made since, some at a time."""

    def disputes(self, since: datetime) -> Iterator[Sequence[Claim]]:
        """Return all disputes that were opened since, some at a time."""
