"""schemathesis reads the document and asks what it allows, and what it does not: no 500, no answer unlike it says."""

import functools
import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode

from tests.api.document import document, faults, path
from tests.api.operations import ROWS
from tests.api.operations.reading import READS
from tests.api.test_bad_input import rolled_back

SHORT, LONG = 4, 150
# Where each operation has something to work on; half of what is asked goes there, the other half anywhere.
PLACES = {
    **{("GET", path(route)): address for route, address in READS.items()},
    **{(row.method, path(row.path)): row.address for row in ROWS},
}
QUIET = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
EVERY = pytest.mark.parametrize("operation", list(PLACES), ids=" ".join)


@EVERY
def test_what_the_document_allows_is_answered_as_it_says(world, operation):
    asked_and_judged(world, *operation, SHORT)


@pytest.mark.soak
@EVERY
def test_whatever_is_asked_is_answered_as_the_document_says(world, operation):
    asked_and_judged(world, *operation, LONG)


def asked_and_judged(world, method, address, times):
    operation = schema()[address][method]
    kinds = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]

    @settings(max_examples=times, **QUIET)
    @given(case=st.one_of(kinds), is_placed=st.booleans())
    def asked(case, is_placed):
        with rolled_back():
            response = send(world, case, world.filled(PLACES[method, address]) if is_placed else None)
        assert response.status_code < 500, response.content[:300]
        assert faults(response) == []

    asked()


@functools.cache
def schema():
    return schemathesis.openapi.from_dict(document())


def send(world, case, place):
    """Send what schemathesis made of an operation, to a place where there is something if one is given."""
    address = place.split("?")[0] if place else case.formatted_path.removeprefix("/api/v1/")
    body = b"" if isinstance(case.body, NotSet) else case.body
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return world.client.generic(
        case.method, f"/api/v1/{address}", body, content_type="application/json", query_params=case.query or {}
    )
