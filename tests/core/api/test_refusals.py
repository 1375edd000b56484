"""What no view sees is refused in JSON too."""

import pytest
from django.test import Client

from tests.databases import KEY


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("path", ["nope", "invoices/nope/finalize"])
def test_an_address_that_is_not_there_says_so_for_every_method(method, path):
    client = Client(enforce_csrf_checks=True)

    refused = getattr(client, method)(f"/api/v1/{path}", headers={"Authorization": f"Bearer {KEY}"})

    assert (refused.status_code, refused.json()["code"]) == (404, "resource_not_found")


@pytest.mark.parametrize("path", ["events", "events/batch", "customers"])
@pytest.mark.usefixtures("world")
def test_a_body_over_the_limit_is_refused_with_its_code(path, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    refused = Client(raise_request_exception=False).post(
        f"/api/v1/{path}",
        '{"customer": "' + "x" * 200 + '"}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {KEY}"},
    )

    assert (refused.status_code, refused.json()["code"]) == (400, "body_too_large")
