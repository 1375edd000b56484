"""The headers of a webhook: who it is, and that it comes from here."""

from datetime import datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from billing_site.core import encryption
from webhooks.calculations import signatures
from webhooks.models import SigningKey, Webhook, WebhookEndpoint

KEY_BITS = 2048
USER_AGENT = "Countinghouse-Webhooks/1"


def key(*, now: datetime) -> SigningKey:
    """Return the key pair of this installation; it is made when first asked for."""
    found = SigningKey.objects.first()
    if found is None:
        SigningKey.objects.bulk_create([_new_key(now)], ignore_conflicts=True)
        found = SigningKey.objects.get()
    return found


def _new_key(now: datetime) -> SigningKey:
    made = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(
        private_key=encryption.encrypt(private.decode()), public_key=public.decode(), created_at=now, updated_at=now
    )


def headers(webhook: Webhook, endpoint: WebhookEndpoint, *, now: datetime) -> dict[str, str]:
    """Return what is sent beside the body: Lago's headers and those of Standard Webhooks (lago.md 1.21, L32)."""
    body, secret = webhook.payload.encode(), encryption.decrypt(endpoint.secret)
    secrets = [secret]
    if endpoint.previous_secret_until is not None and now < endpoint.previous_secret_until:
        secrets.append(encryption.decrypt(endpoint.previous_secret))
    if endpoint.signature_algo == WebhookEndpoint.Algorithm.HMAC:
        signature = signatures.lago_hmac(secret, body)
    else:
        signature = signatures.lago_jwt(encryption.decrypt(key(now=now).private_key), body, settings.BASE_URL)
    identity, timestamp = str(webhook.lago_id), int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Lago-Signature": signature,
        "X-Lago-Signature-Algorithm": endpoint.signature_algo,
        "X-Lago-Unique-Key": identity,
        "X-Countinghouse-Sequence": str(webhook.activity_id),
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures.standard(secrets, identity, timestamp, body),
    }
