from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing_site.core import api_keys
from billing_site.core.api import authentication
from billing_site.core.errors import Invalid
from billing_site.core.models import Activity, ApiKey
from tests.api.routes import routes
from tests.core.conftest import NOW


def ask(key, method="get", path="taxes"):
    authentication.forget_keys()
    send = getattr(Client(headers={"Authorization": f"Bearer {key}"}), method)
    return send(f"/api/v1/{path}", {}, content_type="application/json").status_code


def test_a_key_that_is_replaced_goes_on_for_a_day_beside_the_new_one(clock):
    key, old = api_keys.create(name="shop", now=NOW, scopes={"tax": ["read"]}, requests_per_minute=9)

    following, new = api_keys.rotate(key, now=NOW)

    assert (following.name, following.scopes, following.requests_per_minute) == ("shop", {"tax": ["read"]}, 9)
    assert (ask(old), ask(new)) == (200, 200)
    clock.shift(24 * 3600)
    assert (ask(old), ask(new)) == (401, 200)
    with pytest.raises(api_keys.NotLive):
        api_keys.rotate(key, now=timezone.now())
    assert not any(secret in str(row.details) for row in Activity.objects.all() for secret in (old, new))


def test_a_key_that_ends_before_that_still_does(clock):
    ends_at = NOW + timedelta(hours=1)
    key, old = api_keys.create(name="shop", now=NOW, expires_at=ends_at)

    api_keys.rotate(key, now=NOW)

    assert ApiKey.objects.get(pk=key.pk).expires_at == ends_at
    clock.shift(3600)
    assert ask(old) == 401


def test_a_key_with_rights_may_do_that_and_no_more(clock):
    _, key = api_keys.create(name="reader", now=NOW, scopes={"tax": ["read"]})
    refused = Client(headers={"Authorization": f"Bearer {key}"}).post("/api/v1/taxes", {})

    assert ask(key) == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "write_action_not_allowed_for_tax")
    assert ask(key, path="customers") == 403


@pytest.mark.parametrize("scopes, code", [
    ({"nonsense": ["read"]}, "unknown_resource"), ({"tax": ["read", "delete"]}, "unknown_right"),
])  # fmt: skip
def test_rights_that_are_none_are_refused(clock, scopes, code):
    with pytest.raises(Invalid) as refused:
        api_keys.create(name="x", now=NOW, scopes=scopes)
    with pytest.raises(Invalid):
        api_keys.change(ApiKey.objects.get(), scopes=scopes, requests_per_minute=None, now=NOW)

    assert refused.value.details == {"scopes": [code]}
    assert (ApiKey.objects.count(), ApiKey.objects.get().scopes) == (1, None)


def test_every_resource_of_the_api_can_be_given_rights_to():
    asked = {view.resource for _, view in routes() if getattr(view, "resource", "")}

    assert asked - set(api_keys.RESOURCES) == set()
