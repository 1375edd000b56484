import json

import pytest

from webhooks.calculations import redaction

NAMES = ["webhook_secret", "password", "api_key", "accessToken", "signing_secret"]


@pytest.mark.parametrize("_case, body, kept", [
    ("plain", {"customer": {"external_id": "c", "amount": 1}}, {"customer": {"external_id": "c", "amount": 1}}),
    ("secrets anywhere", {"a": [{"secret_key": "sk_live_1", "b": 1}]}, {"a": [{"secret_key": "[hidden]", "b": 1}]}),
    ("by many names", dict.fromkeys(NAMES, "x"), dict.fromkeys(NAMES, "[hidden]")),
    ("a secret that is a tree", {"credentials": {"user": "u", "pass": "p"}}, {"credentials": "[hidden]"}),
    ("none", {"secret_key": None}, {"secret_key": None}),
    ("what cannot be stored", {"name": "a\x00b", "k\x00": "\ud800"}, {"name": "ab", "k": "?"}),
])  # fmt: skip
def test_what_is_kept_of_a_body(_case, body, kept):
    assert redaction.kept(json.dumps(body).encode()) == kept


@pytest.mark.parametrize("body, kept", [
    (b"", None), (b"{", {"left_out": "not JSON"}), (b"\xff", {"left_out": "not JSON"}), (b"[1]", [1]),
    (b"[NaN, 1e999, 1.5]", ["nan", "inf", 1.5]),
    (b'"' + b"x" * 20_000 + b'"', {"left_out": "20002 bytes"}), (b"[" * 16_000, {"left_out": "not JSON"}),
])  # fmt: skip
def test_a_body_that_is_none_or_too_long_is_left_out(body, kept):
    assert redaction.kept(body) == kept
