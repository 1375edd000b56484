import base64
import hashlib
import hmac
import subprocess

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from webhooks.calculations import signatures

BODY = '{"webhook_type":"invoice.created","name":"Größe"}'.encode()


def test_standard_webhooks_own_example_is_signed_as_they_sign_it():
    """The example of the specification (standard-webhooks/spec, "Signature scheme")."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'

    signed = signatures.standard([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_sign():
    old, new = signatures.secret_text(b"o" * 32), signatures.secret_text(b"n" * 32)

    signed = signatures.standard([new, old], "id", 1, BODY).split()

    assert signed == [signatures.standard([secret], "id", 1, BODY) for secret in (new, old)]


def test_lagos_hmac_is_the_base64_of_hmac_sha256_over_the_body():
    openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "whsec_key", "-binary"], input=BODY, capture_output=True, check=True
    )

    assert base64.b64decode(signatures.lago_hmac("whsec_key", BODY)) == openssl.stdout
    assert openssl.stdout == hmac.digest(b"whsec_key", BODY, hashlib.sha256)


def test_lagos_token_carries_the_body_and_only_the_public_key_opens_it():
    private, public, other = *_pair(), _pair()[1]

    token = signatures.lago_jwt(private, BODY, "https://billing.example.com")

    opened = jwt.decode(token, public, algorithms=["RS256"], issuer="https://billing.example.com")
    assert opened == {"data": BODY.decode(), "iss": "https://billing.example.com"}
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, other, algorithms=["RS256"])


def _pair():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
