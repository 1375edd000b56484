"""Sending: at least once, the same bytes under the same id, for three days, and nobody waits for somebody else."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta

import jwt
import pytest
from django.db import connection, transaction

from billing_site.core import dispatch, encryption
from billing_site.core.models import Activity
from customers.services import customers
from tests.webhooks.conftest import NOW
from tests.webhooks.receivers import listening
from webhooks.models import Attempt, Delivery, SigningKey, WebhookEndpoint
from webhooks.services import deliveries, endpoints, signing

pytestmark = pytest.mark.usefixtures("company")


def make_endpoint(receiver, **terms):
    return endpoints.create(now=NOW, webhook_url=receiver.url, **terms)[0]


def happen(count=1, now=NOW):
    """Have customers made, and what is told of them waiting."""
    for index in range(count):
        customers.upsert(f"{now:%d%H%M}-{index}", now=now, name="Ann")
    dispatch.run_pending(now=now)


def test_a_webhook_arrives_signed_as_lago_signs_by_hmac_and_by_standard_webhooks(receiver):
    endpoint, secret = endpoints.create(now=NOW, webhook_url=receiver.url, signature_algo="hmac")
    happen()

    assert deliveries.deliver_due(now=NOW) == 1

    (got,) = receiver.received
    identity, stamp = str(Activity.objects.get(type="customer.created").lago_id), str(int(NOW.timestamp()))
    assert got.json["webhook_type"] == "customer.created"
    assert got.headers["X-Lago-Signature-Algorithm"] == "hmac"
    mine = hmac.digest(secret.encode(), got.body, hashlib.sha256)
    assert base64.b64decode(got.headers["X-Lago-Signature"]) == mine
    assert (got.headers["X-Lago-Unique-Key"], got.headers["webhook-id"]) == (identity, identity)
    assert got.headers["webhook-timestamp"] == stamp
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{identity}.{stamp}.".encode() + got.body, hashlib.sha256)
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.delivered_at) == ("delivered", 1, NOW)
    assert [(row.status, row.response, row.error) for row in Attempt.objects.all()] == [(200, "ok", "")]


def test_a_webhook_signed_by_jwt_is_opened_with_the_public_key(receiver, settings):
    make_endpoint(receiver)
    happen()

    deliveries.deliver_due(now=NOW)

    (got,) = receiver.received
    opened = jwt.decode(
        got.headers["X-Lago-Signature"], SigningKey.objects.get().public_key, algorithms=["RS256"],
        issuer=settings.BASE_URL,
    )  # fmt: skip
    assert (got.headers["X-Lago-Signature-Algorithm"], opened["data"]) == ("jwt", got.body.decode())


def test_the_private_key_is_stored_encrypted_with_a_key_of_its_own(settings):
    kept = signing.key(now=NOW)

    assert "PRIVATE" not in kept.private_key
    assert encryption.decrypt(kept.private_key).startswith("-----BEGIN PRIVATE KEY-----")
    settings.SECRET_KEY = "another"
    assert "PRIVATE" in encryption.decrypt(signing.key(now=NOW).private_key)
    settings.ENCRYPTION_KEYS = ["k" * 32]
    with pytest.raises(encryption.Undecipherable):
        encryption.decrypt(kept.private_key)


def test_what_fails_is_sent_again_as_the_same_bytes_under_the_same_id_until_it_is_taken():
    with listening(500, 302, 503, 204) as receiver:
        make_endpoint(receiver)
        happen()
        customers.upsert(f"{NOW:%d%H%M}-0", now=NOW, name="Changed meanwhile")
        made = [deliveries.deliver_due(now=NOW + timedelta(seconds=after)) for after in (0, 1, 10, 400, 3000, 9000)]

    assert made == [1, 0, 1, 1, 1, 0]
    assert len({(item.body, item.headers["webhook-id"]) for item in receiver.received}) == 1
    assert [row.status for row in Attempt.objects.order_by("id")] == [500, 302, 503, 204]
    assert (Delivery.objects.get().state, WebhookEndpoint.objects.get().failures) == ("delivered", 0)


def test_numbers_in_order_grow_with_what_happens_to_an_object(receiver):
    make_endpoint(receiver)
    for name in ("Ann", "Bea", "Cleo"):
        customers.upsert("cust", now=NOW, name=name)
    dispatch.run_pending(now=NOW)

    deliveries.deliver_due(now=NOW)

    sent = sorted(receiver.received, key=lambda item: int(item.headers["X-Countinghouse-Sequence"]))
    assert [item.json["webhook_type"] for item in sent] == ["customer.created", "customer.updated", "customer.updated"]
    assert len({item.headers["X-Countinghouse-Sequence"] for item in sent}) == 3


def test_after_three_days_a_delivery_is_given_up_and_its_endpoint_parked_and_shown():
    with listening(500) as receiver:
        endpoint = make_endpoint(receiver)
        happen()
        now, end = NOW, NOW + timedelta(days=4)
        while now < end:
            deliveries.deliver_due(now=now)
            now += timedelta(minutes=30)

    delivery, endpoint = Delivery.objects.get(), WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert (delivery.state, delivery.last_error) == ("parked", "answered 500")
    assert (endpoint.state, endpoint.failing_since) == ("parked", NOW)
    assert Activity.objects.filter(type="webhook_endpoint.parked").count() == 1
    last = Attempt.objects.order_by("-id").first()
    assert timedelta(days=3) <= last.at - NOW < timedelta(days=3, hours=2)
    assert 7 <= delivery.attempts <= 12


def test_a_parked_endpoint_gets_what_waited_when_it_is_let_go_on(receiver):
    endpoint = make_endpoint(receiver)
    WebhookEndpoint.objects.update(state="parked", failures=9, failing_since=NOW)
    happen(3)
    assert deliveries.deliver_due(now=NOW) == 0

    endpoints.resume(endpoint, now=NOW + timedelta(days=5))

    assert deliveries.deliver_due(now=NOW + timedelta(days=5)) == 3
    with pytest.raises(endpoints.NotParked):
        endpoints.resume(endpoint, now=NOW)


def test_one_that_says_gone_is_parked_at_once():
    with listening(410) as receiver:
        make_endpoint(receiver)
        happen(3)
        deliveries.deliver_due(now=NOW)

    assert WebhookEndpoint.objects.get().state == "parked"


def test_one_that_fails_is_left_alone_after_some_failures_and_then_tried_with_a_single_call():
    with listening(500) as receiver:
        make_endpoint(receiver)
        happen(20)

        first = deliveries.deliver_due(now=NOW)
        soon = deliveries.deliver_due(now=NOW + timedelta(seconds=10))
        later = deliveries.deliver_due(now=NOW + timedelta(minutes=10))

    assert retried_within(first, 5, 8)
    assert (soon, later) == (0, 1)


def retried_within(made, least, most):
    """Up to four calls were under way when the fifth failed."""
    return least <= made <= most


def test_a_receiver_that_hangs_keeps_nobody_else_waiting(receiver):
    let_go = threading.Event()

    def hangs(handler):
        let_go.wait(20)

    with listening(hangs) as stuck:
        make_endpoint(stuck)
        healthy = make_endpoint(receiver)
        happen(40)

        worker = threading.Thread(target=_deliver_in_a_thread)
        worker.start()
        try:
            assert _eventually(lambda: len(receiver.received) == 40)
            assert len(stuck.received) <= deliveries.AT_ONCE
        finally:
            let_go.set()
            worker.join(30)

    assert healthy.deliveries.filter(state="delivered").count() == 40


def test_one_that_asks_to_wait_is_not_asked_before():
    def busy(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", "3600")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with listening(busy) as receiver:
        make_endpoint(receiver)
        happen()
        made = [deliveries.deliver_due(now=NOW + timedelta(minutes=after)) for after in (0, 10, 59, 60)]

    assert made == [1, 0, 0, 1]


def test_what_a_dead_worker_held_is_sent_by_another_and_the_dead_one_writes_nothing(receiver):
    make_endpoint(receiver)
    happen()
    (lost,) = deliveries._lease(WebhookEndpoint.objects.get(), 4, NOW)

    assert deliveries.deliver_due(now=NOW + timedelta(minutes=1)) == 0
    assert deliveries.deliver_due(now=NOW + timedelta(minutes=6)) == 1
    deliveries._note(lost, _answered(500), NOW + timedelta(minutes=7))

    assert Delivery.objects.get().state == "delivered"


def test_staff_send_again_the_same_bytes_under_the_same_id(receiver):
    make_endpoint(receiver)
    happen()
    deliveries.deliver_due(now=NOW)

    deliveries.resend(Delivery.objects.get(), now=NOW + timedelta(days=30))
    deliveries.deliver_due(now=NOW + timedelta(days=30))

    first, second = receiver.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_a_secret_that_is_changed_signs_beside_the_new_one_for_a_day(receiver):
    endpoint, old = endpoints.create(now=NOW, webhook_url=receiver.url)
    new = endpoints.rotate_secret(endpoint, now=NOW)
    for after in (timedelta(hours=1), timedelta(hours=25)):
        happen(now=NOW + after)
        deliveries.deliver_due(now=NOW + after)

    both, one = (item.headers["webhook-signature"].split() for item in receiver.received)
    assert (len(both), len(one), new != old) == (2, 1, True)


def test_one_that_was_taken_away_is_not_called(receiver):
    endpoint = make_endpoint(receiver)
    happen()

    endpoints.delete(endpoint, now=NOW)

    assert deliveries.deliver_due(now=NOW) == 0
    assert [row.last_error for row in Delivery.objects.all()] == ["The endpoint was taken away."]


def test_nobody_is_called_inside_a_transaction(receiver):
    make_endpoint(receiver)
    happen()

    with transaction.atomic(), pytest.raises(AssertionError):
        deliveries.deliver_due(now=NOW)

    assert receiver.connections == 0


def test_an_address_that_leads_inside_by_now_is_not_called(receiver, settings):
    make_endpoint(receiver)
    happen()
    settings.WEBHOOK_ALLOWED_NETWORKS = []

    deliveries.deliver_due(now=NOW)

    assert (receiver.connections, "Refused" in Delivery.objects.get().last_error) == (0, True)


def test_what_is_old_is_forgotten(receiver):
    make_endpoint(receiver)
    happen()
    deliveries.deliver_due(now=NOW)

    assert deliveries.prune(now=NOW + timedelta(days=89)) == 0
    assert deliveries.prune(now=NOW + timedelta(days=91)) == 1
    assert (Delivery.objects.count(), Attempt.objects.count()) == (0, 0)


def test_the_payload_of_a_webhook_cannot_be_changed(receiver):
    make_endpoint(receiver)
    happen()
    webhook = Delivery.objects.get().webhook

    webhook.payload = json.dumps({"webhook_type": "other"})

    with pytest.raises(Exception, match="sent as it was written"), transaction.atomic():
        webhook.save()


def _answered(status):
    return deliveries.http.Answer(milliseconds=1, status=status)


def _deliver_in_a_thread():
    try:
        deliveries.deliver_due(now=NOW)
    finally:
        connection.close()


def _eventually(test):
    """Wait for what another thread does, up to ten seconds."""
    waiting = threading.Event()
    for _ in range(1000):
        if test():
            return True
        waiting.wait(0.01)
    return False
