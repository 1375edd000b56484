import re

from django.test import Client
from django.urls import reverse

from billing_site.core.api import authentication
from billing_site.core.models import Activity, ApiKey, Organization


def act(company, subject, slug, **answers):
    name = f"admin:core_{subject._meta.model_name}_do"
    return company.post(reverse(name, args=[subject.pk, slug]), {**answers, "confirm": "1"})


def key_shown(company, done):
    assert done.status_code == 302, done.content
    return re.search(r"The key is (ch_[\w-]+)", company.get(done.url).content.decode())[1]


def ask(key, path="taxes"):
    authentication.forget_keys()
    return Client(headers={"Authorization": f"Bearer {key}"}).get(f"/api/v1/{path}").status_code


def test_staff_make_a_key_with_rights_change_them_replace_it_and_end_it(company):
    made = act(company, Organization.objects.get(), "make-api-key", name="shop", scopes="tax:read, tax:write")
    old = key_shown(company, made)
    key = ApiKey.objects.get(name="shop")
    assert (ask(old), ask(old, "customers"), key.scopes) == (200, 403, {"tax": ["read", "write"]})

    act(company, key, "change-rights", scopes="customer:read", requests_per_minute="5", reason="Another use")
    assert Activity.objects.get(type="api_key.updated").reason == "Another use"
    assert (ask(old), ask(old, "customers")) == (403, 200)

    new = key_shown(company, act(company, key, "rotate", reason="It was in a log"))
    assert (ask(old, "customers"), ask(new, "customers")) == (200, 200)
    assert Activity.objects.get(type="api_key.rotated").reason == "It was in a log"

    act(company, key, "revoke")
    assert (ask(old, "customers"), ask(new, "customers")) == (401, 200)
    page = company.get(reverse("admin:core_apikey_change", args=[key.pk])).content.decode()
    assert "This key has ended." in page
    assert old not in page


def test_rights_that_are_none_are_refused_with_the_reason(company):
    before = ApiKey.objects.count()

    refused = act(company, Organization.objects.get(), "make-api-key", name="shop", scopes="nonsense:read")

    assert "There is no right nonsense:read." in refused.content.decode()
    assert ApiKey.objects.count() == before
