"""Batches of events over HTTP: whole or lenient, repeated, racing."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from metering.models import Event, EventKey
from tests.databases import fresh
from tests.scenarios.conftest import world  # noqa: F401 - a fixture

GOOD = {"transaction_id": "a", "code": "requests", "external_subscription_id": "sub", "properties": {"n": 1.50}}


def test_what_comes_in_is_stored_and_answered_digit_by_digit(world):  # noqa: F811
    sent = GOOD | {"timestamp": 1709640900.123456, "precise_total_amount_cents": "12.3450"}

    (event,) = world.post("/events/batch", {"events": [sent]})["events"]

    assert event["timestamp"] == "2024-03-05T12:15:00.123Z"
    assert event["precise_total_amount_cents"] == "12.345"
    assert world.get("/events/a")["event"]["lago_id"] == event["lago_id"]
    stored = Event.objects.get()
    assert (str(stored.lago_id), str(EventKey.objects.get().key)) == (event["lago_id"], event["lago_id"])
    assert (stored.timestamp.microsecond, stored.properties, str(stored.precise_total_amount_cents)) == (
        123456,
        {"n": 1.5},
        "12.345000000000000",
    )


def test_a_batch_sent_again_is_accepted_even_if_it_left_the_moment_to_us(world):  # noqa: F811
    first = world.post("/events/batch", {"events": [GOOD, GOOD | {"transaction_id": "b"}]})
    world.travel_to("2024-03-06T00:00:00Z")
    again = world.post("/events/batch", {"events": [GOOD, GOOD | {"transaction_id": "b"}, GOOD]})

    ids = [event["lago_id"] for event in first["events"]]
    assert [event["lago_id"] for event in again["events"]] == [*ids, ids[0]]
    assert Event.objects.count() == EventKey.objects.count() == 2


def test_a_batch_with_one_contradiction_stores_nothing(world):  # noqa: F811
    world.post("/events", {"event": GOOD})

    other = [GOOD | {"transaction_id": "b"}, GOOD | {"code": "other"}, GOOD | {"properties": {"n": 2}}]
    answer = world.post("/events/batch", {"events": other}, status=422)

    refusal = {"transaction_id": ["value_already_exist"]}
    assert answer["error_details"] == {"1": refusal, "2": refusal}
    assert Event.objects.count() == EventKey.objects.count() == 1


def test_a_lenient_batch_stores_what_is_good_and_says_why_not_of_the_rest(world):  # noqa: F811
    world.post("/events", {"event": GOOD})
    events = [GOOD, GOOD | {"properties": {}}, {"transaction_id": "b"}, GOOD | {"transaction_id": "c"}]

    answer = world.client.post(
        "/api/v1/events/batch",
        json.dumps({"events": events}),
        content_type="application/json",
        headers={"Prefer": "handling=lenient"},
    )

    assert (answer.status_code, answer["Preference-Applied"]) == (200, "handling=lenient")
    verdicts = json.loads(answer.content)["events"]
    assert [(verdict["status"], verdict.get("error_details")) for verdict in verdicts] == [
        ("accepted", None),
        ("refused", {"transaction_id": ["value_already_exist"]}),
        ("refused", {"code": ["value_is_mandatory"]}),
        ("accepted", None),
    ]
    assert sorted(Event.objects.values_list("transaction_id", flat=True)) == ["a", "c"]


@pytest.mark.parametrize(
    "_case, properties",
    [
        ("text that is not UTF-8", b'{"a": "\xff"}'),
        ("a number beyond all sense", b'{"a": 1e400000}'),
        ("a capital exponent", b'{"a": 1E400000}'),
        ("forty digits", b'{"a": ' + b"9" * 41 + b"}"),
        ("a control character as it is", b'{"a": "\x01"}'),
        ("NUL", rb'{"a": "\u0000"}'),
        ("half a character", rb'{"a": "\ud800"}'),
        ("a list", b"[1]"),
        ("too deep", b'{"a": ' * 40 + b"1" + b"}" * 40),
    ],
)
def test_properties_that_cannot_be_kept_are_refused(world, _case, properties):  # noqa: F811
    body = b'{"events": [{"transaction_id": "a", "code": "requests", "properties": ' + properties + b"}]}"

    answer = world.client.post("/api/v1/events/batch", body, content_type="application/json")

    assert answer.status_code in (400, 422), answer.content
    assert not EventKey.objects.exists()


@pytest.mark.parametrize("number", [b"1234567890123456", b"-1e15", b"0." + b"1" * 31])
def test_a_number_that_could_not_be_counted_is_refused(world, number):  # noqa: F811
    event = b'{"transaction_id": "a", "code": "requests", "properties": {"count": ' + number + b"}}"

    one = world.client.post("/api/v1/events", b'{"event": ' + event + b"}", content_type="application/json")
    many = world.client.post("/api/v1/events/batch", b'{"events": [' + event + b"]}", content_type="application/json")

    assert (one.status_code, one.json()["error_details"]) == (422, {"properties": ["value_is_out_of_range"]})
    assert (many.status_code, many.json()["error_details"]) == (422, {"0": {"properties": ["value_is_out_of_range"]}})
    assert not EventKey.objects.exists()


@pytest.mark.parametrize(
    "properties",
    [
        b'{"id": "3e12", "e": 1e2}',
        b'{"id": "12345678901234567890", "count": 123456789012345.5}',
        rb'{"a": "\u00e9\n"}',
        b'{"a": "{{[[\xc3\xa9"}',
    ],
)
def test_properties_that_only_look_like_trouble_are_kept(world, properties):  # noqa: F811
    body = b'{"events": [{"transaction_id": "a", "code": "requests", "properties": ' + properties + b"}]}"

    answer = world.client.post("/api/v1/events/batch", body, content_type="application/json")

    assert answer.status_code == 200, answer.content
    assert Event.objects.get().properties == json.loads(properties)


def test_batches_that_share_events_and_race_store_each_once(django_db_blocker_lifted):
    outcomes = []

    def send(key, shift):
        client = Client(headers={"Authorization": f"Bearer {key}"})
        marks = [f"t{(number + shift * 37) % 100}" for number in range(60)]
        events = [GOOD | {"transaction_id": mark, "timestamp": 1709640900} for mark in marks]
        body = json.dumps({"events": events})
        for _ in range(5):
            answer = client.post("/api/v1/events/batch", body, content_type="application/json")
            outcomes.append(answer.status_code)
        connection.close()

    with fresh() as key:
        threads = [threading.Thread(target=send, args=(key, shift)) for shift in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert outcomes == [200] * 20
        marks = sorted(Event.objects.values_list("transaction_id", flat=True))
        assert marks == sorted(set(marks))
        assert len(marks) == EventKey.objects.count() == 100


def test_plain_batches_are_answered_as_others_are(world):  # noqa: F811
    sent = [
        {"transaction_id": "é/\x7f", "code": "ünï", "external_subscription_id": "sub 1", "timestamp": 1709640900},
        GOOD | {"transaction_id": "b", "timestamp": 31_536_000, "properties": {"deep": {"n": [1, {"a": "日本"}]}}},
        GOOD | {"transaction_id": "c", "timestamp": 253_370_764_799},
    ]
    body = json.dumps({"events": sent}, ensure_ascii=False)

    plain, checked = (
        world.client.post("/api/v1/events/batch", text, content_type="application/json")
        for text in (body, body.replace("sub 1", r"sub\u00201"))  # an escape: looked at event by event
    )

    assert plain.status_code == 200, plain.content
    assert plain.content == checked.content
