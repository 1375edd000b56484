"""A metric that goes: its charges go, its events are put aside, and one made later under its code begins at nothing."""

from django.core.management import call_command

from metering.models import Event

METRIC = {"name": "Calls", "code": "calls", "aggregation_type": "sum_agg", "field_name": "n"}


def prepared(world):
    priced(world, "first")
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body})


def priced(world, code):
    metric = world.post("/billable_metrics", {"billable_metric": METRIC})["billable_metric"]
    charge = {
        "billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "1"},
        "code": code,
    }  # fmt: skip
    if code == "first":
        plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
        world.post("/plans", {"plan": plan | {"pay_in_advance": False, "charges": [charge]}})
    else:
        world.post("/plans/plan/charges", {"charge": charge})


def send(world, mark, n, status=200):
    event = {"transaction_id": mark, "code": "calls", "external_subscription_id": "sub", "properties": {"n": n}}
    world.post("/events", {"event": event}, status=status)


def usage(world):
    shown = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    return [(row["charge"]["code"], row["units"]) for row in shown["charges_usage"]]


def test_a_metric_made_anew_does_not_count_the_events_of_the_old_one(world):
    prepared(world)
    send(world, "a", 3)
    world.run_clock()  # the first usage is rolled up
    assert usage(world) == [("first", "3.0")]

    world.delete("/billable_metrics/calls")
    world.travel_to("2024-03-05T13:00:00Z")
    priced(world, "second")
    send(world, "b", 5)
    world.run_clock()

    assert usage(world) == [("second", "5.0")]
    world.run_clock()  # and from buckets
    assert usage(world) == [("second", "5.0")]
    assert Event.objects.count() == 2
    send(world, "a", 3, status=422)  # its id is taken for ever
    call_command("audit_books")


def test_what_was_billed_of_a_deleted_metric_is_explained_by_its_events(world):
    prepared(world)
    send(world, "a", 3)
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()
    (fee,) = (fee for fee in world.get("/fees")["fees"] if fee["item"]["type"] == "charge")

    world.delete("/billable_metrics/calls")
    world.run_clock()

    explained = world.get(f"/fees/{fee['lago_id']}/explain")
    assert "'transaction_id': 'a'" in str(explained)
