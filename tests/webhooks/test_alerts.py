"""Alerts over the API and the clock: told once for a crossing, with Lago's payload."""

import json
import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing_site.core import dispatch
from billing_site.core.models import Activity
from plans.models import Subscription
from tests.api.world import World
from tests.databases import KEY
from webhooks.models import Alert, TriggeredAlert, Webhook
from webhooks.services import alert_watch, endpoints

START = datetime.fromisoformat("2024-03-05T12:12:00+00:00")
PLAN = {"name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}


class Shop(World):
    """A plan of 10.00 for each request, and as many subscribers as asked for."""

    def open(self):
        metric = {"name": "Requests", "code": "requests", "aggregation_type": "sum_agg", "field_name": "count"}
        found = self._made("billable_metrics", {"billable_metric": metric})["billable_metric"]
        other = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
        calls = self._made("billable_metrics", {"billable_metric": other})["billable_metric"]
        charges = [
            {"billable_metric_id": row["lago_id"], "charge_model": "standard", "properties": {"amount": "10"}}
            for row in (found, calls)
        ]
        self._made("plans", {"plan": PLAN | {"charges": charges}})
        self.join("sub")

    def join(self, name):
        self._made("customers", {"customer": {"external_id": name, "currency": "EUR"}})
        body = {"external_customer_id": name, "external_id": name, "plan_code": "pro"}
        self._made("subscriptions", {"subscription": body})

    def use(self, units, *, code="requests", of="sub"):
        mark = f"{of}-{code}-{timezone.now().timestamp()}-{units}"
        event = {"transaction_id": mark, "external_subscription_id": of, "code": code, "properties": {"count": units}}
        self._made("events", {"event": event})

    def alert(self, *values, of="sub", **terms):
        thresholds = [{"value": value, "code": f"at {value}"} for value in values]
        thresholds += [{"value": terms.pop("step"), "recurring": True}] if "step" in terms else []
        body = {"alert_type": "current_usage_amount", "code": "usage", "thresholds": thresholds, **terms}
        return self._made(f"subscriptions/{of}/alerts", {"alert": body})["alert"]

    def told(self):
        rows = TriggeredAlert.objects.order_by("id")
        return [[threshold["value"] for threshold in row.crossed_thresholds] for row in rows]


@pytest.fixture
def clock(company):
    with time_machine.travel(START, tick=False) as found:
        yield found


@pytest.fixture
def shop(clock):
    made = Shop(KEY)
    made.open()
    return made


def look():
    return alert_watch.look(now=timezone.now())


def test_a_crossing_is_told_once_with_all_that_lago_tells(shop):
    endpoints.create(now=START, webhook_url="http://127.0.0.1:9/", event_types=["alert.triggered"])
    alert = shop.alert(1500, 3000, name="Usage")
    shop.use(2)

    assert [look(), look(), look()] == [1, 0, 0]

    dispatch.run_pending(now=START)
    told = json.loads(Webhook.objects.get().payload)["triggered_alert"]
    subscription = Subscription.objects.get()
    assert told == {
        "lago_id": str(TriggeredAlert.objects.get().lago_id),
        "lago_organization_id": alert["lago_organization_id"],
        "lago_alert_id": alert["lago_id"],
        "lago_subscription_id": str(subscription.lago_id),
        "external_subscription_id": "sub", "subscription_external_id": "sub",
        "lago_wallet_id": None, "wallet_code": None,
        "external_customer_id": "sub", "customer_external_id": "sub",
        "billable_metric_code": None, "alert_name": "Usage", "alert_code": "usage",
        "alert_type": "current_usage_amount", "current_value": "2000.0", "previous_value": "0.0",
        "crossed_thresholds": [{"code": "at 1500", "value": "1500.0", "recurring": False}],
        "triggered_at": "2024-03-05T12:12:00Z",
    }  # fmt: skip
    assert Activity.objects.get(type="alert.triggered").customer_id == subscription.customer_id


def test_steps_go_on_beyond_the_last_threshold_and_each_period_begins_anew(shop, clock):
    shop.alert(1000, step=2000)
    for units in (1, 1, 1, 4):
        shop.use(units)
        look()
        clock.shift(60)
    assert shop.told() == [["1000.0"], ["3000.0"], ["5000.0", "7000.0"]]

    clock.move_to(START + timedelta(days=30))
    shop.use(8)
    look()

    assert shop.told()[3:] == [["1000.0", "3000.0", "5000.0", "7000.0"]]


def test_usage_since_the_start_goes_on_from_period_to_period(shop, clock):
    shop.alert(1000, 3000, alert_type="lifetime_usage_amount")
    shop.use(2)
    look()
    clock.move_to(START + timedelta(days=30))
    call_command("tick")  # bills the period that has ended
    shop.use(1)
    look()

    assert shop.told() == [["1000.0"], ["3000.0"]]


@pytest.mark.parametrize("kind, expected", [
    ("billable_metric_current_usage_amount", "4000.0"), ("billable_metric_current_usage_units", "4.0"),
])  # fmt: skip
def test_the_usage_of_one_metric_is_watched_by_amount_or_units(shop, kind, expected):
    shop.alert(4, alert_type=kind, billable_metric_code="requests")
    shop.use(4)
    shop.use(1, code="calls")

    look()

    assert TriggeredAlert.objects.count() == 1
    found = json.loads(shop.send("GET", "subscriptions/sub/alerts/usage").content)["alert"]
    assert (found["previous_value"], found["billable_metric"]["code"]) == (expected, "requests")


def test_a_wallet_is_watched_from_the_balance_it_has_when_the_alert_is_made(shop):
    wallet = {"external_customer_id": "sub", "rate_amount": "1", "currency": "EUR", "code": "main",
              "granted_credits": "100"}  # fmt: skip
    made = shop._made("wallets", {"wallet": wallet})["wallet"]
    thresholds = [{"value": 12000}, {"value": "8000", "code": "low"}, {"value": -5}]
    body = {"alert": {"alert_type": "wallet_balance_amount", "code": "low", "thresholds": thresholds}}
    assert shop._made("customers/sub/wallets/main/alerts", body)["alert"]["previous_value"] == "10000.0"

    taken = {"wallet_id": made["lago_id"], "voided_credits": "20"}
    shop._made("wallet_transactions", {"wallet_transaction": taken})

    assert [look(), look()] == [1, 0]
    assert shop.told() == [["8000.0"]]


def test_an_alert_outlives_a_change_of_plan(shop):
    shop.alert(1000)
    shop._made("plans", {"plan": PLAN | {"code": "big", "amount_cents": 100}})
    upgraded = {"external_customer_id": "sub", "external_id": "sub", "plan_code": "big"}
    shop._made("subscriptions", {"subscription": upgraded})

    assert [row["code"] for row in json.loads(shop.send("GET", "subscriptions/sub/alerts").content)["alerts"]] == [
        "usage"
    ]


def test_several_are_made_all_or_none(shop):
    good = {"alert_type": "current_usage_amount", "code": "a", "thresholds": [{"value": 1}]}
    bad = {"alert_type": "wallet_balance_amount", "code": "b", "thresholds": [{"value": 1}]}

    refused = shop.send("POST", "subscriptions/sub/alerts", {"alerts": [good, bad, {}]})
    assert json.loads(refused.content)["error_details"] == {
        "1": {"alert_type": ["invalid_type"]},
        "2": {"alert_type": ["value_is_mandatory", "value_is_invalid"], "code": ["value_is_mandatory"],
              "thresholds": ["value_is_mandatory"]},
    }  # fmt: skip
    assert not Alert.objects.exists()

    units = {"alert_type": "billable_metric_current_usage_units", "billable_metric_code": "calls"}
    made = shop._made("subscriptions/sub/alerts", {"alerts": [good, good | units | {"code": "b"}]})["alerts"]
    assert [row["code"] for row in made] == ["a", "b"]
    assert shop.send("DELETE", "subscriptions/sub/alerts").content == b""
    assert json.loads(shop.send("GET", "subscriptions/sub/alerts").content)["alerts"] == []


@pytest.mark.parametrize("change, status, details", [
    ({"thresholds": [{"value": 1}, {"value": "1.0"}]}, 422, {"thresholds": ["duplicate_threshold_values"]}),
    ({"thresholds": [{"value": value} for value in range(21)]}, 422, {"thresholds": ["too_many_thresholds"]}),
    ({"thresholds": [{"value": value, "recurring": True} for value in (1, 2)]}, 422,
     {"thresholds": ["multiple_recurring_thresholds"]}),
    ({"thresholds": [{"value": 0, "recurring": True}]}, 422, {"thresholds": ["value_is_out_of_range"]}),
    ({"alert_type": "nonsense"}, 422, {"alert_type": ["invalid_type"]}),
    ({"alert_type": "billable_metric_current_usage_units"}, 422, {"billable_metric": ["value_is_mandatory"]}),
    ({"billable_metric_code": "requests"}, 422, {"billable_metric": ["value_must_be_blank"]}),
    ({"alert_type": "billable_metric_current_usage_units", "billable_metric_code": "x"}, 404, None),
    ({"code": "usage"}, 422, {"code": ["value_already_exist"]}),
    ({}, 422, {"base": ["alert_already_exists"]}),
])  # fmt: skip
def test_what_is_no_alert_is_refused_by_name(shop, change, status, details):
    shop.alert(1)
    body = {"alert_type": "current_usage_amount", "code": "other", "thresholds": [{"value": 1}], **change}

    refused = shop.send("POST", "subscriptions/sub/alerts", {"alert": body})

    assert (refused.status_code, json.loads(refused.content).get("error_details")) == (status, details)
    assert Alert.objects.count() == 1


def test_thresholds_that_are_given_take_the_place_of_the_others(shop):
    shop.alert(1, 2, 3)

    changed = shop.send("PUT", "subscriptions/sub/alerts/usage", {"alert": {"thresholds": [{"value": 5}], "name": "N"}})

    found = json.loads(changed.content)["alert"]
    assert (found["name"], [row["value"] for row in found["thresholds"]]) == ("N", ["5.0"])


def test_two_who_look_at_once_tell_a_crossing_once(shop):
    shop.alert(1000)
    shop.use(2)
    barrier = threading.Barrier(2)

    def both():
        barrier.wait(30)
        try:
            look()
        finally:
            connection.close()

    threads = [threading.Thread(target=both) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    look()

    assert shop.told() == [["1000.0"]]


def test_the_database_lets_a_look_be_told_once(shop):
    shop.alert(1000)
    shop.use(2)
    look()
    again = TriggeredAlert.objects.get()
    again.pk, again.lago_id = None, Alert.objects.get().lago_id

    with pytest.raises(IntegrityError, match="alert_told_once_for_a_look"), transaction.atomic():
        again.save(force_insert=True)


def test_many_are_looked_at_with_as_many_queries_as_one_and_nothing_new_writes_nothing(shop):
    counts = []
    for number in (1, 6):
        for index in range(number):
            shop.join(f"{number}-{index}")
            shop.alert(500, of=f"{number}-{index}")
            shop.use(1, of=f"{number}-{index}")
        with CaptureQueriesContext(connection) as queries:
            assert look() == number
        counts.append(len(queries))
    with CaptureQueriesContext(connection) as queries:
        look()

    assert counts[0] == counts[1]
    assert [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))] == []
