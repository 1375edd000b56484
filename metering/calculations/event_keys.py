"""
What makes an event the same for ever: 128 bits, shaped as a UUID of version 8, which is also the event's public id.

| bits | from |
|---|---|
| first 60 | hash of the transaction id alone, so that it finds its events as one range of keys |
| last 62 | hash of the transaction id, folded with the hash of the external subscription id |
| 6 | version and variant |
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

_SHAPE = 0x8 << 76 | 0b10 << 62
_FREE = (1 << 128) - 1 ^ (0xF << 76 | 0b11 << 62)
_SECOND_HALF = (1 << 64) - 1


def event_key(transaction_id: bytes, fold: int) -> bytes:
    """Return the 16 bytes under which an event is remembered, of its transaction id (UTF-8) and `subscription_fold`."""
    whole = int.from_bytes(blake2b(transaction_id, digest_size=16).digest(), "big")
    return (whole & _FREE ^ fold).to_bytes(16, "big")


def key_range(transaction_id: str) -> tuple[bytes, bytes]:
    """Return the first and the last key that events of this transaction id can have."""
    first = int.from_bytes(event_key(transaction_id.encode(), subscription_fold("")), "big") & ~_SECOND_HALF
    return first.to_bytes(16, "big"), (first | _SECOND_HALF).to_bytes(16, "big")


def key_text(key: bytes) -> str:
    """Return a key as the text of a UUID."""
    return key_texts([key])[0]


def key_texts(keys: Sequence[bytes]) -> list[str]:
    """Return keys as texts of UUIDs."""
    return [
        f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}" for digits in map(bytes.hex, keys)
    ]


@lru_cache(maxsize=100_000)
def subscription_fold(external_subscription_id: str) -> int:
    """Return what an external subscription id turns over in the keys of its events, and the shape of a UUID."""
    half = int.from_bytes(blake2b(external_subscription_id.encode(), digest_size=8).digest(), "big")
    return half & _FREE | _SHAPE
