"""
Links to a customer's portal, and the passes that visits of it carry: signed, with an end, and ended at will.

| is signed | so that |
|---|---|
| what it is for | a link is no pass, and neither is a link to anything else |
| the customer and its `portal_generation` | raising that number ends all that were given before |
| until when it is good | it is checked against the caller's clock, as all time is |
| who of staff made it | what staff do in a portal stands in their name |
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.core import signing
from django.urls import reverse

from customers.models import Customer

LINK, VISIT = "portal-link", "portal-visit"


class Ended(Exception):
    """The link or pass was not made here, is too old, or has been ended."""


class Pass(msgspec.Struct, frozen=True):
    """
    What opens a customer's portal until `until`; renewed by use, but not beyond `latest`.

    `staff` is the key of who of staff made it, empty for a customer's own.
    """

    customer: UUID
    generation: int
    until: datetime
    latest: datetime
    staff: str = ""

    def renewed(self, *, now: datetime) -> "Pass":
        """Return the pass as it is after a visit at this time."""
        until = min(now + timedelta(minutes=settings.PORTAL_IDLE_MINUTES), self.latest)
        return msgspec.structs.replace(self, until=until)


def new_pass(customer: Customer, *, now: datetime, staff: str = "") -> Pass:
    """Return a pass that is as good for a link as for a visit that begins now."""
    end = now.astimezone(UTC) + timedelta(hours=settings.PORTAL_LINK_HOURS)
    return Pass(customer.lago_id, customer.portal_generation, end, end, staff)


def address(customer: Customer, *, now: datetime) -> str:
    """Return a link that opens the customer's portal for some hours (lago.md 1.1)."""
    path = reverse("portal:enter", args=[signed(new_pass(customer, now=now), LINK)])
    return f"{settings.BASE_URL}{path}"


def signed(given: Pass, purpose: str) -> str:
    """Return a pass as text that nobody else can write."""
    return signing.Signer(salt=purpose).sign_object(msgspec.to_builtins(given), compress=True)


def opened(text: str, purpose: str, *, now: datetime) -> tuple[Pass, Customer]:
    """
    Return the pass that a text is, and its customer with its billing entity.

    :raises Ended: if it is none, or is good no more, or the customer has been deleted
    """
    try:
        found = msgspec.convert(signing.Signer(salt=purpose).unsign_object(text), Pass)
    except (signing.BadSignature, msgspec.ValidationError, ValueError) as error:
        raise Ended from error
    rows = Customer.objects.live().select_related("billing_entity")
    customer: Customer | None = rows.filter(lago_id=found.customer, portal_generation=found.generation).first()
    if customer is None or now >= found.until:
        raise Ended
    return found, customer
