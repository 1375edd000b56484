"""Lago's own JavaScript client, unchanged: each of its operations does something that another one of its sees."""

import re

import pytest

from tests.api.document import path
from tests.api.operations import ROWS
from tests.api.operations.reading import READS
from tests.api.test_bad_input import rolled_back
from tests.clients.effects import is_question, place_of, spoiled

# Operations of ours that the client has no function for: additions, and what Lago has in its pages only.
OWN = (
    "deals", "late_usages", "customers/<str:external_id>/deal_redemptions", "invoice_custom_sections", "pricing_units",
    "credit_notes/<uuid:lago_id>/download_pdf", "invoices/<uuid:lago_id>/download_pdf",
    "payment_requests/<uuid:lago_id>/payment_url",
    "fees/<uuid:lago_id>/explain", "subscriptions/<str:external_id>/pause", "subscriptions/<str:external_id>/resume",
    "subscriptions/<str:external_id>/preview_change", "customers/<str:external_id>/upcoming_invoice",
)  # fmt: skip
LACKS = frozenset(
    {
        "POST credit_notes/<uuid:lago_id>/download_xml", "POST invoices/<uuid:lago_id>/download_xml",
        "POST invoices/<uuid:lago_id>/resend_email", "POST payment_receipts/<uuid:lago_id>/download",
        "POST payment_receipts/<uuid:lago_id>/resend_email", "PUT invoices/<uuid:lago_id>/lose_dispute",
    }
)  # fmt: skip
PARAMETER = re.compile(r"\$?\{\w+\}")


def template(operation):
    """Return an operation without the names of its parameters, in which the documents differ."""
    method, _, address = operation.partition(" ")
    return f"{method} {PARAMETER.sub('{}', address)}"


def known(javascript):
    return {template(operation) for operation in javascript.operations}


def ours(method, route):
    return template(f"{method} {path(route).removeprefix('/api/v1')}")


def is_own(operation):
    """Test if the client has no function for it; its version 1.53 lacks some that Lago has, or calls them by POST."""
    return operation in LACKS or operation.partition(" ")[2].startswith(OWN)


def test_the_client_has_a_function_for_each_operation_but_our_own(javascript):
    operations = [str(row) for row in ROWS] + [f"GET {route}" for route in READS]

    lacking = {name for name in operations if ours(*name.split()) not in known(javascript)}
    assert lacking == {name for name in operations if is_own(name)}


@pytest.mark.parametrize("row", [row for row in ROWS if not is_own(str(row))], ids=str)
def test_what_is_done_is_seen(world, javascript, fingerprint, row):
    place, body = world.filled("" if is_question(row) else place_of(row)), world.filled(row.body)
    with rolled_back():
        before = javascript.call("GET", place) if place else None
        done = javascript.call(row.method, world.filled(row.address), body)
        after = javascript.call("GET", place) if place else None

    assert done.status == row.status, done
    assert place == "" or row.status != 200 or after != before


@pytest.mark.parametrize("row", [row for row in ROWS if row.body and not is_own(str(row))], ids=str)
def test_nonsense_changes_nothing(world, javascript, fingerprint, row):
    before = fingerprint()
    with rolled_back():
        refused = javascript.call(row.method, world.filled(row.address), spoiled(world.filled(row.body)))
        after = fingerprint()

    assert 400 <= refused.status < 500, refused
    assert refused.value["code"]
    assert after == before


@pytest.mark.parametrize("route", [route for route in READS if not is_own(f"GET {route}")])
def test_what_is_there_is_read(world, javascript, route):
    answer = javascript.call("GET", world.filled(READS[route]))

    assert (answer.status, bool(answer.value)) == (200, True)
