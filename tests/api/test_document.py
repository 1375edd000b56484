"""What the document says of the API's answers is what they are; each operation that reads has an address to look at."""

import json

import pytest

from tests.api.document import document, faults, path
from tests.api.operations import ROWS
from tests.api.operations.reading import READS
from tests.api.routes import operations, routes
from tests.api.test_bad_input import rolled_back


def test_every_route_is_in_the_document():
    names = (name.split() for name in operations() | {f"GET {route}" for route in readable()})
    asked = {f"{method} {path(route)}" for method, route in names}

    described = {f"{method.upper()} {address}" for address, item in document()["paths"].items() for method in item}

    assert described - {"GET /api/schema"} == asked


def test_every_operation_that_reads_has_its_address():
    assert set(READS) == readable()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_good_answer_is_as_documented(world, row):
    with rolled_back():
        response = world.send(row.method, world.filled(row.address), world.filled(row.body))

    assert (response.status_code, faults(response)) == (row.status, [])


@pytest.mark.parametrize("route", READS)
def test_an_answer_to_a_question_is_as_documented(world, route):
    response = world.send("GET", world.filled(READS[route]))

    assert (response.status_code, faults(response)) == (200, [])


def readable():
    return {route for route, view in routes() if hasattr(view, "get") and "get" in view.http_method_names}


@pytest.mark.parametrize(
    "case, spoil",
    [
        ("a key more", lambda plan: plan | {"colour": "red"}),
        ("a key less", lambda plan: {name: value for name, value in plan.items() if name != "interval"}),
        ("text for an integer", lambda plan: plan | {"amount_cents": "1000"}),
        ("an unknown word", lambda plan: plan | {"interval": "fortnightly"}),
        ("a fault far inside", lambda plan: plan | {"taxes": [{"lago_id": "x"}]}),
    ],
)
def test_an_answer_that_is_not_as_documented_is_found_out(world, case, spoil):
    response = world.send("GET", "plans/pro")
    plan = json.loads(response.content)["plan"]

    response.content = json.dumps({"plan": spoil(plan)}).encode()

    assert faults(response) != []
