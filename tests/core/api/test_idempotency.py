"""Idempotency-Key: one effect and one answer, kept together or not at all."""

import json
import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from billing_site.core import api_keys, idempotency
from billing_site.core.models import ApiKey, KeptAnswer
from credits.models import WalletTransaction
from invoicing.models import Invoice
from tests.databases import KEY

SALE = {"invoice": {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}]}}


def post(path, body, name, key=KEY):
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": name}
    client = Client(headers=headers, raise_request_exception=False)
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("path, body, made", [
    ("invoices", SALE, Invoice),
    ("wallet_transactions", {"wallet_transaction": {"wallet_id": "${wallet}", "granted_credits": "5"}},
     WalletTransaction),
])  # fmt: skip
def test_the_same_request_has_the_same_answer_and_one_effect(world, path, body, made):
    answers = [post(path, world.filled(body), "one") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200], answers[0].content
    assert len({answer.content for answer in answers}) == 1
    assert [answer.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert made.objects.count() == 1


def test_another_body_or_address_under_the_same_key_is_refused(world):
    post("invoices", SALE, "one")
    other = {"invoice": SALE["invoice"] | {"purchase_order_number": "7"}}

    refused = [post("invoices", other, "one"), post("invoices?x=1", SALE, "one"), post("taxes", SALE, "one")]

    codes = [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert codes == [(422, "idempotency_key_reused")] * 3
    assert Invoice.objects.count() == 1


def test_keys_of_different_users_and_names_have_nothing_to_do_with_each_other(world):
    _, other = api_keys.create(name="other", now=timezone.now())

    for name, key in (("one", KEY), ("two", KEY), ("one", other)):
        assert post("invoices", SALE, name, key).get("Idempotent-Replayed") is None

    assert Invoice.objects.count() == 3


def test_what_was_refused_is_not_kept_and_may_be_mended(world):
    assert post("invoices", {"invoice": {"external_customer_id": "cust", "fees": []}}, "one").status_code == 404

    assert post("invoices", SALE, "one").status_code == 200
    assert (KeptAnswer.objects.count(), Invoice.objects.count()) == (1, 1)


def test_a_request_that_is_under_way_is_not_begun_again(world):
    with transaction.atomic():
        idempotency.claim(ApiKey.objects.get(), "one", "request", now=timezone.now())
        answers = []
        elsewhere = threading.Thread(target=lambda: answers.append(_closing(post, "invoices", SALE, "one")))
        elsewhere.start()
        elsewhere.join(30)

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "idempotency_key_in_use")]
    assert not Invoice.objects.exists()


def test_many_at_once_have_one_effect(world):
    barrier, answers = threading.Barrier(6), []

    def ask():
        barrier.wait(30)
        answers.append(_closing(post, "invoices", SALE, "one"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert Invoice.objects.count() == 1


def test_if_the_answer_cannot_be_kept_there_is_no_effect_either(world):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_keptanswer ADD CONSTRAINT none CHECK (false) NOT VALID")

    failed = post("invoices", SALE, "one")

    assert (failed.status_code, Invoice.objects.count()) == (422, 0)


def test_after_a_day_the_key_is_new(world, clock):
    post("invoices", SALE, "one")
    clock.shift(24 * 3600)

    assert post("invoices", SALE, "one").get("Idempotent-Replayed") is None
    assert Invoice.objects.count() == 2
    clock.shift(24 * 3600)
    assert (idempotency.prune(now=timezone.now()), KeptAnswer.objects.count()) == (1, 0)


def test_a_kept_answer_cannot_be_read_from_the_table(world):
    made = post("webhook_endpoints", {"webhook_endpoint": {"webhook_url": "https://hooks.example.com/"}}, "one")

    secret = made.json()["webhook_endpoint"]["signing_secret"]
    assert secret not in KeptAnswer.objects.get().body
    assert (
        secret
        in post(
            "webhook_endpoints", {"webhook_endpoint": {"webhook_url": "https://hooks.example.com/"}}, "one"
        ).content.decode()
    )


def test_a_body_that_is_too_large_is_refused_in_the_same_shape(world, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    refused = post("invoices", SALE | {"junk": "x" * 200}, "one")

    assert (refused.status_code, refused.json()["status"]) == (400, 400)


@pytest.mark.parametrize("name", ["", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(world, name):
    assert post("invoices", SALE, name).status_code == 422
    assert not Invoice.objects.exists()


def test_reading_and_intake_and_strangers_keep_nothing(world):
    event = {"event": {"transaction_id": "1", "external_subscription_id": "sub", "code": "none"}}
    assert post("events", event, "one").status_code == 200
    assert post("invoices", SALE, "one", key="wrong").status_code == 401
    assert post("nowhere", {}, "one").status_code == 404

    assert not KeptAnswer.objects.exists()


def _closing(act, *args):
    try:
        return act(*args)
    finally:
        connection.close()
