"""Lago's own Python client, unchanged: each of its operations does something that another one of its sees."""

import re

import pytest
from lago_python_client import Client
from lago_python_client.exceptions import LagoApiError

from tests.api.operations import ROWS
from tests.api.operations.reading import READS
from tests.api.test_bad_input import rolled_back
from tests.clients.effects import is_question, place_of, spoiled
from tests.clients.python_table import CALLS
from tests.databases import KEY

# The client has no functions for these; that for evaluate_expression sends no body.
ABSENT = re.compile(
    r"alerts/|analytics|evaluate_expression|custom_sections|deal|download_(pdf|xml)|entitlements|estimate_instant|explain|features|late_usages"
    r"|lose_dispute$|metadata|pause|payment_receipts/.*/|payment_requests/.*/|preview_change|pricing_units|public_key|resend_email|resume"
    r"|upcoming_invoice|wallets|wallet_transactions/<uuid:lago_id>$|webhooks/public_key"
)
ROUTES = {address: route for route, address in READS.items()}
# What the client's models do not know of what changes is read by hand.
BY_HAND = frozenset({"plans/pro"})
# Lists under another noun are asked for without the key (lago.md 4.4), the others have no function.
WITHOUT_KEY = re.compile(r"^GET (customers|plans|subscriptions)/<[^/]+>/[a-z_]+$|^GET (events|organizations)$")


@pytest.fixture
def python(address, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Client(api_key=KEY, api_url=address)


def call(client, operation, route, address, body=None, *, is_checked=True):
    """Call the client's function for an operation; its answer, or the status of the refusal."""
    known, (path, _, query) = CALLS[operation], address.partition("?")
    given = next(iter((body or {}).values()), {}) if not known.flat else body
    model = known.model and (known.model(**given) if is_checked else known.model.construct(**given))
    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    return known.run(client, ids=ids(route, path), it=model, raw=given, query=asked)


def ids(route, path):
    pattern = "/".join("([^/]+)" if part.startswith("<") else re.escape(part) for part in route.split("/"))
    return re.fullmatch(pattern, path).groups()


def test_what_the_client_has_no_function_for_is_known():
    names = {str(row) for row in ROWS} | {f"GET {route}" for route in READS}

    missing = {name for name in names - CALLS.keys() if not ABSENT.search(name) and not WITHOUT_KEY.match(name)}
    assert missing == set()


@pytest.mark.parametrize("row", [row for row in ROWS if str(row) in CALLS and row.status == 200], ids=str)
def test_what_is_done_is_seen(world, python, row):
    place = "" if is_question(row) else place_of(row)
    with rolled_back():
        before = seen(world, python, place)
        call(python, str(row), row.path, world.filled(row.address), world.filled(row.body))
        after = seen(world, python, place)

    assert place == "" or after != before


def seen(world, python, place):
    """Return what the client reads at a place, or the status of the refusal; by hand where it has no function."""
    operation = f"GET {ROUTES.get(place)}"
    if operation not in CALLS or place in BY_HAND:
        return place and world.send("GET", world.filled(place)).content
    try:
        return call(python, operation, ROUTES[place], world.filled(place))
    except LagoApiError as refused:
        return refused.status_code


@pytest.mark.parametrize(
    "row", [row for row in ROWS if str(row) in CALLS and row.body and CALLS[str(row)].model], ids=str
)
def test_nonsense_changes_nothing(world, python, fingerprint, row):
    before = fingerprint()
    body = spoiled(world.filled(row.body))
    with rolled_back():
        with pytest.raises(LagoApiError) as refused:
            call(python, str(row), row.path, world.filled(row.address), body, is_checked=False)
        after = fingerprint()

    assert 400 <= refused.value.status_code < 500
    assert after == before


@pytest.mark.parametrize("route", [route for route in READS if f"GET {route}" in CALLS])
def test_what_is_there_is_read(world, python, route):
    assert call(python, f"GET {route}", route, world.filled(READS[route])) is not None
