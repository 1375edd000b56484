"""
The states of a payment, which way it may move, and what providers take.

| from | to |
|---|---|
| created | sending |
| sending | whatever the provider says; unknown if it says nothing |
| unknown, processing, requires_action | whatever the provider says |
| failed | succeeded, if the customer paid all the same: money that came in is never denied |
| canceled | succeeded, if money came in all the same |
| succeeded | nowhere |

An answer that is older than what is known changes nothing, so that webhooks may come twice or in any order.
"""

CREATED, SENDING, REQUIRES_ACTION, PROCESSING, UNKNOWN = (
    "created",
    "sending",
    "requires_action",
    "processing",
    "unknown",
)
SUCCEEDED, FAILED, CANCELED = "succeeded", "failed", "canceled"
LIVE = (CREATED, SENDING, REQUIRES_ACTION, PROCESSING, UNKNOWN)
FINAL = (SUCCEEDED, FAILED, CANCELED)
# What Stripe calls the states of a PaymentIntent (table 1.18).
OF_INTENT = {
    "processing": PROCESSING,
    "requires_capture": PROCESSING,
    "requires_confirmation": PROCESSING,
    "requires_action": REQUIRES_ACTION,
    "requires_payment_method": FAILED,
    "canceled": CANCELED,
    "succeeded": SUCCEEDED,
}
# What becomes of a dispute by Stripe's word for it; all else is open.
OF_DISPUTE = {"won": "won", "lost": "lost", "warning_closed": "closed", "prevented": "closed"}
# Stripe counts these in other units than ISO 4217 does, or wants the last digit to be zero.
_WITH_TWO_DECIMALS = frozenset({"ISK", "UGX"})  # none in ISO 4217
_ENDING_IN_ZERO = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# The least that Stripe charges, in its own units (docs.stripe.com/currencies); others follow the settlement currency.
MINIMUM = {
    "USD": 50, "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000,
}  # fmt: skip


def provider_amount(cents: int, currency: str, *, least: int | None = None) -> int | None:
    """
    Return minor units as Stripe counts them; None if it cannot move exactly this or so little.

    `least` is in its units; without one it is the least that it charges.
    """
    amount = cents * 100 if currency in _WITH_TWO_DECIMALS else cents
    if currency in _ENDING_IN_ZERO and amount % 10:
        return None
    least = MINIMUM.get(currency, 1) if least is None else least
    return amount if amount >= least else None


def cents_of(amount: int, currency: str) -> int:
    """Return what the provider counts in its own units in minor units."""
    return amount // 100 if currency in _WITH_TWO_DECIMALS else amount


def follows(current: str, reported: str) -> bool:
    """Test if a payment in one state may move to another that was reported."""
    if current in (SUCCEEDED, reported):
        return False
    return current not in (FAILED, CANCELED) or reported == SUCCEEDED
