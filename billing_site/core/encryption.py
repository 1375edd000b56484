"""
Secrets that must be read again (keys of providers, keys that sign), encrypted at rest with keys of their own.

They are not derived from SECRET_KEY: that one may be changed at any time, and these rows must outlive it. The first of
settings.ENCRYPTION_KEYS encrypts, all of them decrypt; so a new one is put in front and the old one dropped once
nothing is encrypted with it.
"""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Undecipherable(Exception):
    """None of the keys opens this: it was encrypted with one that is no longer among ENCRYPTION_KEYS."""


def encrypt(text: str) -> str:
    """Return the text encrypted and authenticated (Fernet: AES-128-CBC with HMAC-SHA256), as ASCII."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """
    Return what was encrypted.

    :raises Undecipherable: if it was changed, or its key is not known
    """
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Undecipherable("None of ENCRYPTION_KEYS opens this secret.") from error


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    """Return the boxes of all keys; a key is any long random text, so its hash is the 32 bytes that are needed."""
    return MultiFernet(Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys)
