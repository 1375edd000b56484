import base64

from django.test import Client

from tests.databases import KEY


def test_the_public_key_is_given_as_text_and_as_json(company):
    api = Client(headers={"Authorization": f"Bearer {KEY}"})

    text, as_json = api.get("/api/v1/webhooks/public_key"), api.get("/api/v1/webhooks/json_public_key").json()

    assert text["Content-Type"] == "text/plain"
    assert base64.b64decode(text.content).startswith(b"-----BEGIN PUBLIC KEY-----")
    assert as_json == {"webhook": {"public_key": text.content.decode()}}
    assert Client().get("/api/v1/webhooks/public_key").status_code == 401


def test_the_secret_is_in_the_answer_that_makes_an_endpoint_and_in_no_other(company):
    api = Client(headers={"Authorization": f"Bearer {KEY}"})
    body = {"webhook_endpoint": {"webhook_url": "http://127.0.0.1/hook", "name": None, "signature_algo": None}}

    made = api.post("/api/v1/webhook_endpoints", body, content_type="application/json").json()["webhook_endpoint"]
    shown = api.get(f"/api/v1/webhook_endpoints/{made['lago_id']}").json()["webhook_endpoint"]
    listed = api.get("/api/v1/webhook_endpoints").json()

    assert made.pop("signing_secret").startswith("whsec_")
    assert shown == made
    assert (listed["webhook_endpoints"], listed["meta"]["total_count"]) == ([made], 1)
    assert (made["signature_algo"], made["event_types"], made["name"]) == ("jwt", None, None)


def test_the_organization_says_where_its_webhooks_go(company):
    api = Client(headers={"Authorization": f"Bearer {KEY}"})
    for name in ("first", "second"):
        body = {"webhook_endpoint": {"webhook_url": f"http://127.0.0.1/{name}"}}
        api.post("/api/v1/webhook_endpoints", body, content_type="application/json")

    shown = api.get("/api/v1/organizations").json()["organization"]

    assert shown["webhook_url"] == "http://127.0.0.1/first"
    assert shown["webhook_urls"] == ["http://127.0.0.1/first", "http://127.0.0.1/second"]
