"""What the fake knows: its own book of charges, in its own units, and its store of idempotency keys."""

import itertools
import threading
from typing import Any

KEY_LASTS = 24 * 3600
DECLINED = "pm_declined"
REFUSED = "Refused Ltd"
OFF_SESSION = "pm_authentication"


class Book:
    """Charges by PaymentIntent. A key is answered as the first time until its day is over, then forgotten."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.now = 1_710_000_000
        self.numbers = itertools.count(1)
        self.intents: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.refunds: list[dict[str, Any]] = []
        self.disputes: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[int, Any, int, Any]] = {}  # key -> (when, parameters, status, body)
        self.detached: set[str] = set()
        self.calls = 0
        self.refund_status = "succeeded"  # that of new ones

    def stored(self, key: str, parameters: Any) -> tuple[int, Any] | None:
        """Return the answer of a key that is known, or the error of one that is used for something else."""
        found = self.keys.get(key)
        if found is None or self.now - found[0] >= KEY_LASTS:
            return None
        if found[1] != parameters:
            return 400, error(
                "idempotency_error", "Keys for idempotent requests can only be used with the same parameters"
            )
        return found[2], found[3]

    def charge(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Make an intent and charge it, as the method wants it."""
        intent = self._intent(asked)
        method = asked.get("payment_method", "")
        if method.startswith(DECLINED):
            return 402, self._decline(intent, "card_declined", "Your card was declined.")
        if method.startswith(OFF_SESSION):
            return 402, self._decline(intent, "authentication_required", "The owner must be there.")
        intent["status"] = "processing" if method.startswith("pm_slow") else "succeeded"
        return 200, intent

    def customer(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Make a customer, unless it is one whom nobody takes."""
        if asked.get("name") == REFUSED:
            return 400, error("invalid_request_error", "This name is not taken.")
        return 200, {"id": f"cus_new{next(self.numbers)}", "object": "customer", **asked}

    def session(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Make a hosted page."""
        key = f"cs_{next(self.numbers)}"
        self.sessions[key] = {**asked, "status": "open"}
        return 200, {"id": key, "object": "checkout.session", "url": f"https://checkout.example/{key}"}

    def detach(self, key: str) -> tuple[int, Any]:
        """Forget a payment method."""
        self.detached.add(key)
        return 200, {"id": key, "object": "payment_method", "type": "card"}

    def pay_at_page(self, session: str) -> dict[str, Any]:
        """Be the customer who pays at a hosted page; return the intent."""
        asked = self.sessions[session]
        assert asked["status"] == "open", "the page is closed"
        asked["status"] = "complete"
        price = asked["line_items"]["0"]["price_data"]
        facts = {**asked["payment_intent_data"]["metadata"]}
        intent = self._intent(
            {"amount": price["unit_amount"], "currency": price["currency"], "customer": asked["customer"],
             "metadata": facts}
        )  # fmt: skip
        self.move(intent["id"], "succeeded")
        return intent

    def move(self, intent: str, status: str = "succeeded") -> None:
        """Bring an intent to another state, and tell of it."""
        found = self.intents[intent]
        found["status"] = status
        kind = status if status in ("succeeded", "canceled", "processing") else "payment_failed"
        self._tell(f"payment_intent.{kind}", found)

    def cancel(self, intent: str) -> tuple[int, Any]:
        """Cancel an intent, unless it has succeeded or is being processed."""
        found = self.intents[intent]
        if found["status"] in ("succeeded", "processing", "canceled"):
            message = f"You cannot cancel this PaymentIntent because it has a status of {found['status']}."
            return 400, error("invalid_request_error", message, code="payment_intent_unexpected_state")
        self.move(intent, "canceled")
        return 200, found

    def expire(self, session: str) -> tuple[int, Any]:
        """Close a hosted page that is open."""
        found = self.sessions[session]
        if found["status"] != "open":
            return 400, error("invalid_request_error", "Only open Checkout Sessions can be expired.")
        found["status"] = "expired"
        return 200, {"id": session, "object": "checkout.session", "status": "expired"}

    def dispute(self, intent: str, reason: str = "fraudulent") -> dict[str, Any]:
        """Be the bank that asks a charge back and takes its money."""
        charge = self.intents[intent]
        made = {"id": f"dp_{next(self.numbers)}", "object": "dispute", "payment_intent": intent, "reason": reason,
                "amount": charge["amount"], "currency": charge["currency"], "status": "needs_response",
                "created": self.now, "evidence_details": {"due_by": self.now + 7 * 86_400},
                "balance_transactions": [{"amount": -charge["amount"], "fee": 1500}]}  # fmt: skip
        self.disputes[made["id"]] = made
        self._tell("charge.dispute.created", made)
        self._tell("charge.dispute.funds_withdrawn", made)
        return made

    def decide(self, dispute: str, status: str) -> dict[str, Any]:
        """Be the bank that decides; what is won is given back."""
        found = self.disputes[dispute]
        found["status"] = status
        self._tell("charge.dispute.closed", found)
        if status == "won":
            found["balance_transactions"].append({"amount": found["amount"], "fee": 0})
            self._tell("charge.dispute.funds_reinstated", found)
        return found

    def _tell(self, kind: str, about: dict[str, Any]) -> None:
        event = {"id": f"evt_own{next(self.numbers)}", "object": "event", "type": kind,
                 "created": self.now, "data": {"object": dict(about)}}  # fmt: skip
        self.events.append(event)

    def refund(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Give back a part of a charge that succeeded, and no more than is left of it."""
        charge = self.intents[asked["payment_intent"]]
        given = sum(row["amount"] for row in self.refunds if row["payment_intent"] == charge["id"])
        if charge["status"] != "succeeded" or given + int(asked["amount"]) > charge["amount"]:
            return 400, error("invalid_request_error", "That is more than is left.", code="charge_already_refunded")
        made = {"id": f"re_{next(self.numbers)}", "object": "refund", "status": self.refund_status, "created": self.now,
                "amount": int(asked["amount"]), "payment_intent": charge["id"], "currency": charge["currency"],
                "metadata": asked.get("metadata", {})}  # fmt: skip
        self.refunds.append(made)
        self._tell("refund.created", made)
        return 200, made

    def tamper(self, intent: str, field: str, value: str) -> None:
        """Let the book say something else of a charge; without telling."""
        self.intents[intent][field] = int(value) if value.isdigit() else value

    def forget(self, intent: str) -> None:
        """Lose a charge."""
        del self.intents[intent]

    def forget_refund(self, refund: str) -> None:
        """Lose a refund."""
        self.refunds.remove(self.refund_of(refund))

    def move_refund(self, refund: str, status: str) -> None:
        """Bring a refund to another state, and tell of it."""
        found = self.refund_of(refund)
        found["status"] = status
        self._tell("charge.refund.updated", found)

    def refund_of(self, refund: str) -> dict[str, Any]:
        """Return a refund by its id."""
        return next(row for row in self.refunds if row["id"] == refund)

    def charges(self) -> list[dict[str, Any]]:
        """Return what was really taken."""
        return [intent for intent in self.intents.values() if intent["status"] == "succeeded"]

    def _intent(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = next(self.numbers)
        intent = {
            "id": f"pi_{number}", "object": "payment_intent", "status": "requires_payment_method",
            "amount": int(asked["amount"]), "currency": asked["currency"], "customer": asked.get("customer"),
            "payment_method": asked.get("payment_method"), "metadata": asked.get("metadata", {}),
            "created": self.now, "last_payment_error": None, "next_action": None,
        }  # fmt: skip
        self.intents[intent["id"]] = intent
        return intent

    def _decline(self, intent: dict[str, Any], code: str, message: str) -> Any:
        intent["last_payment_error"] = {"code": code, "message": message, "type": "card_error"}
        return error("card_error", message, code=code, payment_intent=intent)


def error(kind: str, message: str, **more: Any) -> dict[str, Any]:
    """Return an error as Stripe words it."""
    return {"error": {"type": kind, "message": message, **more}}
