import json
from datetime import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from tests.databases import fresh


class World:
    """The API and the clock of one installation, in a database of its own."""

    def __init__(self, key, clock):
        self.client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
        self.clock = clock

    def travel_to(self, moment):
        self.clock.move_to(datetime.fromisoformat(moment))

    def pay(self, invoice, cents=None, status=200, **more):
        """Record a payment by hand of an invoice (as an answer has it), of all that is due unless said otherwise."""
        amount = invoice["total_due_amount_cents"] if cents is None else cents
        body = {"invoice_id": invoice["lago_id"], "amount_cents": amount, "reference": "transfer", **more}
        return self.post("/payments", {"payment": body}, status=status)

    def run_clock(self):
        call_command("tick")
        call_command("drain")

    def get(self, path, status=200):
        return self._answer(self.client.get(f"/api/v1{path}"), status)

    def post(self, path, body, status=200):
        text = body if isinstance(body, str) else json.dumps(body)
        return self._answer(self.client.post(f"/api/v1{path}", text, content_type="application/json"), status)

    def put(self, path, body, status=200):
        return self._answer(
            self.client.put(f"/api/v1{path}", json.dumps(body), content_type="application/json"), status
        )

    def patch(self, path, body, status=200):
        text = json.dumps(body)
        return self._answer(self.client.patch(f"/api/v1{path}", text, content_type="application/json"), status)

    def delete(self, path, status=200):
        return self._answer(self.client.delete(f"/api/v1{path}"), status)

    def _answer(self, response, status):
        assert status in (None, response.status_code), response.content[:500]
        return json.loads(response.content)


@pytest.fixture
def world(django_db_blocker_lifted):
    with fresh() as key, time_machine.travel("2024-03-05T12:12:00Z", tick=False) as clock:
        yield World(key, clock)


@pytest.fixture
def pro_plan(world):
    """A plan paid in advance with a ten-day trial and a charge of 10.00 for each request."""
    metric = world.post(
        "/billable_metrics",
        {"billable_metric": {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}},
    )["billable_metric"]
    charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "10"}}
    plan = {
        "name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 5_000_000, "amount_currency": "EUR",
        "pay_in_advance": True, "trial_period": 10, "charges": [charge],
    }  # fmt: skip
    return world.post("/plans", {"plan": plan})["plan"]


@pytest.fixture
def subscribed(world, pro_plan):
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
    return world.post("/subscriptions", {"subscription": body})["subscription"]
