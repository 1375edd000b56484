"""
Whatever is sent, the answer is a 4xx in Lago's shape that names field and code, and nothing is stored; never a 500.

Each operation's good body is spoiled leaf by leaf with everything that has ever broken an API.
"""

import copy
import json

import pytest
from django.db import connection, transaction

from metering.services import streams
from tests.api import document
from tests.api.operations import ROWS
from tests.api.routes import operations, routes

DEEP = json.loads("[" * 20 + "]" * 20)
NASTY = [
    None, "", "a" * 100_000, "\u0000", "NaN", -1, 1.5, 10**30, True, [], {"a": {"b": []}}, [None], "2024-02-30",
]  # fmt: skip
MORE_NASTY = [
    " ", "\ud800", "é\u202e💥", "'; DROP TABLE core_activity; --", "-Infinity", "1e400", "1e-400", 0, -(10**30), 1e300,
    {}, [[]], DEEP, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
# An odd step meets every kind of value at some place of each body; the soak sends them all.
SAMPLE = 5
RAW = [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b"{}", b'{"a": NaN}', b'{"a": 1e999999}', b"[" * 100_000,
    b'{"a": 1, "a": 2}',
]  # fmt: skip
QUERIES = [
    "page=0", "page=-1", "page=x", "page=99999999999999999999", "per_page=0", "per_page=-5", "per_page=1e9",
    "page=%00", "status=%00", "status[]=nonsense", "external_customer_id=%00", "external_subscription_id=%00",
    "currency=%ff", "search_term=%00", "search_term=%25_%27", "amount_from=NaN", "amount_to=1e400",
    "issuing_date_from=2024-02-30", "created_at_from=yesterday", "timestamp_from=NaN", "timestamp_to=1e400",
    "payment_overdue=maybe", "billing_entity_codes[]=nobody", "metadata[x]=%00",
]  # fmt: skip


def test_every_operation_that_writes_has_its_row():
    assert {str(row) for row in ROWS} == operations()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_good_body_is_accepted(world, row):
    with rolled_back():
        response = world.send(row.method, world.filled(row.address), world.filled(row.body))

    assert response.status_code == row.status, response.content[:500]


@pytest.mark.parametrize("row", [row for row in ROWS if row.body], ids=str)
def test_a_spoiled_body_is_refused_or_harmless(world, fingerprint, row):
    assert all_trouble(world, fingerprint, row, NASTY, each=SAMPLE) == []


@pytest.mark.soak
@pytest.mark.parametrize("row", [row for row in ROWS if row.body], ids=str)
def test_a_body_spoiled_in_every_way_is_refused_or_harmless(world, fingerprint, row):
    assert all_trouble(world, fingerprint, row, [*NASTY, *MORE_NASTY]) == []


@pytest.mark.parametrize("route", sorted({route for route, view in routes()}))
def test_reading_with_nonsense_is_refused_or_harmless(world, route):
    addresses = [f"{filled(route, value)}?" for value in ("cust", "%00", "a" * 3000)]
    addresses += [f"{filled(route, 'cust')}?{query}" for query in QUERIES]

    answers = {address: world.send("GET", address) for address in addresses}

    wrong = {address: (answer.status_code, document.faults(answer)) for address, answer in answers.items()}
    assert {address: found for address, found in wrong.items() if found[0] >= 500 or found[1]} == {}


def all_trouble(world, fingerprint, row, nasty, each=1):
    """Return what was wrong with the answers to spoiled bodies of an operation, in words; every `each`th is sent."""
    before = fingerprint()
    bodies = [*list(spoiled(world.filled(row.body), nasty))[::each], *((str(raw[:40]), raw) for raw in RAW)]
    return [f"{how}: {found}" for how, body in bodies if (found := trouble(world, fingerprint, before, row, body))]


def spoiled(good, nasty):
    """Yield what was done and the body, with one leaf or branch replaced by each nasty value, or left out."""
    for path in paths(good):
        for value in (*nasty, ...):
            yield f"{'.'.join(map(str, path))} = {value!r:.60}", with_value(good, path, value)


def paths(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def with_value(good, path, value):
    body = copy.deepcopy(good)
    *parents, last = path
    place = body
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def trouble(world, fingerprint, before, row, body):
    """Return what is wrong with the answer to a bad body, if anything."""
    with rolled_back():
        response = world.send(row.method, world.filled(row.address), body)
        changed = (
            is_refusal(response) and wrote() and [name for name, mark in fingerprint().items() if mark != before[name]]
        )
    if response.status_code >= 500:
        return str(response.status_code)
    if changed:
        return f"{response.status_code}, but {changed} changed"
    if is_refusal(response) and not explains(response):
        return f"{response.content[:200]!r} explains nothing"
    return "; ".join(document.faults(response)) or None


def wrote():
    """Test if this transaction has written at all: without a number of its own it has not, and need not be compared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return cursor.fetchone()[0]


def is_refusal(response):
    return 400 <= response.status_code < 500


def explains(response):
    answer = json.loads(response.content)
    if answer["status"] != response.status_code or not answer["error"]:
        return False
    return response.status_code != 422 or (answer["code"] and answer.get("error_details") != {})


class rolled_back(transaction.Atomic):  # noqa: N801
    def __init__(self):
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *error):
        transaction.set_rollback(True)
        super().__exit__(*error)
        streams.forget()  # the process remembers numbers of streams that are gone with the rest


def filled(route, value):
    return "/".join(value if part.startswith("<") else part for part in route.split("/"))
