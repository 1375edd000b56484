"""How a webhook proves where it comes from: as Lago signs, and by Standard Webhooks (standardwebhooks.com, 1.0)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SECRET_PREFIX = "whsec_"


def secret_text(random: bytes) -> str:
    """Return a secret as people copy it: the prefix, then base64."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def lago_hmac(secret: str, body: bytes) -> str:
    """Return the base64 of HMAC-SHA256 over the body; the key is the secret's text as it is shown."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def lago_jwt(private_key: str, body: bytes, issuer: str) -> str:
    """Return an RS256 token over `data`, which is the body as text, and `iss`."""
    return jwt.encode({"data": body.decode(), "iss": issuer}, _loaded(private_key), algorithm="RS256")


@lru_cache(maxsize=2)
def _loaded(private_key: str) -> RSAPrivateKey:
    """Return the key ready to sign: to check one takes longer than to sign with it."""
    key = load_pem_private_key(private_key.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def standard(secrets: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return the signatures over `id.timestamp.body`, one for each secret that is good just now."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
