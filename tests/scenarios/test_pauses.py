"""Pauses, told over HTTP and the clock."""

import pytest


@pytest.fixture
def subscribe(world):
    def start(**terms):
        world.travel_to("2024-03-01T10:00:00Z")
        metric = {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}
        metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
        charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}
        plan = {
            "code": "basic", "name": "Basic", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
            "charges": [charge],
        } | terms  # fmt: skip
        world.post("/plans", {"plan": plan})
        body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}
        world.post("/subscriptions", {"subscription": body})
        world.run_clock()

    return start


def turn(world, moment, verb, status=200, **body):
    world.travel_to(moment)
    answer = world.post(f"/subscriptions/sub/{verb}", {"subscription": body}, status=status)
    world.run_clock()
    return answer.get("subscription")


def use(world, moment, mark):
    world.travel_to(moment)
    event = {"transaction_id": mark, "code": "requests", "external_subscription_id": "sub"}
    world.post("/events", {"event": event})


def fees(world):
    """Return the fees of each invoice, oldest first, in minor units."""
    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    whole = [world.get(f"/invoices/{row['lago_id']}")["invoice"] for row in reversed(invoices)]
    return [[fee["amount_cents"] for fee in row["fees"]] for row in whole]


def test_a_plan_in_arrears_pays_its_days_and_its_usage_outside_of_pauses(world, subscribe):
    subscribe()
    use(world, "2024-03-05T10:00:00Z", "before")
    paused = turn(world, "2024-03-10T10:00:00Z", "pause")
    use(world, "2024-03-15T10:00:00Z", "meanwhile")
    usage = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    resumed = turn(world, "2024-03-22T10:00:00Z", "resume")
    use(world, "2024-03-25T10:00:00Z", "after")
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert (paused["paused_at"], resumed["paused_at"]) == ("2024-03-10T10:00:00Z", None)
    assert usage["amount_cents"] == 100
    # The 10th is the last day before and the 22nd the first after: ten days with one request, and as many again.
    assert fees(world) == [[1000, 100], [1000, 100]]


def test_a_pause_and_its_end_on_one_day_pay_that_day_once(world, subscribe):
    subscribe()
    turn(world, "2024-03-10T10:00:00Z", "pause")
    turn(world, "2024-03-10T12:00:00Z", "resume")
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert [sum(row) for row in fees(world)] == [1000, 2100]


def test_a_plan_in_advance_pays_nothing_for_months_in_a_pause_and_the_rest_of_one_after_it(world, subscribe):
    subscribe(pay_in_advance=True)
    turn(world, "2024-03-10T10:00:00Z", "pause")
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()
    turn(world, "2024-05-11T10:00:00Z", "resume")
    world.travel_to("2024-06-01T01:00:00Z")
    world.run_clock()

    assert [sum(row) for row in fees(world)] == [3100, 0, 2100, 3100]


def notes(world):
    """Return the totals of credit notes, in minor units."""
    return [row["total_amount_cents"] for row in world.get("/credit_notes?external_customer_id=cust")["credit_notes"]]


def test_a_short_pause_within_a_paid_month_costs_nothing_more(world, subscribe):
    subscribe(pay_in_advance=True)
    turn(world, "2024-03-10T10:00:00Z", "pause")
    turn(world, "2024-03-12T10:00:00Z", "resume")

    assert [sum(row) for row in fees(world) if row] == [3100]
    assert notes(world) == []


@pytest.mark.parametrize(
    ("over", "verb", "credited"),
    [
        ("2024-03-12T10:00:00Z", "resume", [100]),  # the 11th
        ("2024-03-11T10:00:00Z", "resume", []),
        ("2024-05-11T10:00:00Z", "resume", [2100]),  # the 11th to the 31st; April was not paid for
        ("2024-03-21T10:00:00Z", "end", [1100, 1000]),  # the 11th to the 21st of the pause, then what is left
    ],
)
def test_what_was_paid_in_advance_is_credited_for_the_days_of_a_pause(world, subscribe, over, verb, credited):
    subscribe(pay_in_advance=True)
    turn(world, "2024-03-10T10:00:00Z", "pause", credit_unused=True)
    if verb == "end":
        world.travel_to(over)
        world.delete("/subscriptions/sub")
        world.run_clock()
    else:
        turn(world, over, verb)

    assert sorted(notes(world), reverse=True) == credited


def test_an_end_in_a_pause_bills_nothing_more(world, subscribe):
    subscribe()
    turn(world, "2024-03-10T10:00:00Z", "pause")
    world.travel_to("2024-05-11T10:00:00Z")
    world.delete("/subscriptions/sub")
    world.run_clock()

    assert fees(world) == [[1000]]


def test_what_is_not_running_cannot_be_paused_nor_what_is_not_paused_go_on(world, subscribe):
    subscribe()
    turn(world, "2024-03-05T10:00:00Z", "resume", status=405)
    turn(world, "2024-03-06T10:00:00Z", "pause")
    turn(world, "2024-03-07T10:00:00Z", "pause", status=405)
    world.post("/subscriptions/none/pause", {}, status=404)
