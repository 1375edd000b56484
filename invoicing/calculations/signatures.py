"""Stripe's signatures of webhooks: HMAC-SHA256 over "time.body" (docs.stripe.com/webhooks)."""

import hashlib
import hmac
from collections.abc import Iterable

TOLERANCE_SECONDS = 300


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """Return the header for a body."""
    return f"t={timestamp},v1={_digest(body, secret, timestamp)}"


def is_genuine(body: bytes, header: str, secrets: Iterable[str], now: int) -> bool:
    """Test if one of the secrets signed this body, not long ago and not in the future."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t" and value.isascii() and value.isdigit()]
    given = [value for name, _, value in parts if name.strip() == "v1"]
    if len(times) != 1 or len(times[0]) > 12 or abs(now - int(times[0])) > TOLERANCE_SECONDS:
        return False
    expected = [_digest(body, secret, int(times[0])) for secret in secrets if secret]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given)


def _digest(body: bytes, secret: str, timestamp: int) -> str:
    return hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()
