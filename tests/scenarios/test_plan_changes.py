"""Changes of plan, told over HTTP and the clock."""

import pytest

from billing_site.core.models import Activity


def plan(world, code, cents, **fields):
    body = {"code": code, "name": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR"} | fields
    return world.post("/plans", {"plan": body})


def subscribe(world, code, status=200, **fields):
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": code} | fields
    return world.post("/subscriptions", {"subscription": body}, status=status).get("subscription")


def fees(world):
    """Return the fees of each invoice, oldest first, as (plan, cents)."""
    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    whole = [world.get(f"/invoices/{row['lago_id']}")["invoice"] for row in reversed(invoices)]
    return [[(fee["item"]["code"], fee["amount_cents"]) for fee in row["fees"]] for row in whole]


def shown(world, status="active"):
    row = world.get(f"/subscriptions/sub?status={status}")["subscription"]
    return row["plan_code"], row["previous_plan_code"], row["next_plan_code"], row["downgrade_plan_date"]


@pytest.fixture
def started(world):
    """In arrears 31.00 a month since 1 March; dearer and cheaper plans beside it."""
    world.travel_to("2024-03-01T10:00:00Z")
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    plan(world, "basic", 3100)
    plan(world, "large", 6200)
    plan(world, "small", 310)
    plan(world, "advance", 9300, pay_in_advance=True)
    subscribe(world, "basic")
    world.travel_to("2024-03-11T10:00:00Z")


@pytest.mark.usefixtures("started")
def test_an_upgrade_takes_effect_at_once_and_one_invoice_bills_both(world):
    answer = subscribe(world, "advance", name="More")

    world.run_clock()

    assert (answer["plan_code"], answer["status"], answer["name"]) == ("advance", "active", "More")
    # Ten of 31 days of the old plan, the day of the change and all after it of the new one, paid in advance.
    assert fees(world) == [[("basic", 1000), ("advance", 6300)]]
    assert shown(world) == ("advance", "basic", None, None)
    assert shown(world, "terminated") == ("basic", None, "advance", None)

    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert fees(world)[1:] == [[("advance", 9300)]]


@pytest.mark.usefixtures("started")
def test_a_downgrade_waits_for_the_end_of_the_period_and_can_be_replaced_or_canceled(world):
    answer = subscribe(world, "small")
    assert (answer["plan_code"], answer["next_plan_code"], answer["downgrade_plan_date"]) == (
        "basic", "small", "2024-04-01",
    )  # fmt: skip

    world.delete("/subscriptions/sub?status=pending")
    assert shown(world) == ("basic", None, None, None)

    subscribe(world, "small")
    subscribe(world, "large", plan_change={"at": "period_end"})
    assert shown(world) == ("basic", None, "large", "2024-04-01")
    assert shown(world, "pending") == ("large", "basic", None, None)

    world.travel_to("2024-05-01T01:00:00Z")  # a run was missed: each plan bills its own month
    world.run_clock()

    assert fees(world) == [[("basic", 3100)], [("large", 6200)]]
    assert shown(world) == ("large", "basic", None, None)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("_case", "code", "change", "expected"),
    [
        ("a downgrade now", "small", {"at": "now"}, [[("basic", 1000)], [("small", 210)]]),
        ("an upgrade on a day", "large", {"at": "2024-03-21"}, [[("basic", 2000)], [("large", 2200)]]),
        ("now, the month whole at the old price; nothing is due of the new", "large", {"at": "now", "prorate": False},
            [[("basic", 3100)], []]),
        ("the same to a plan paid in advance", "advance", {"at": "now", "prorate": False}, [[("basic", 3100)],
            [("advance", 9300)]]),
        ("on a day, the month whole", "large", {"at": "2024-03-21", "prorate": False}, [[("basic", 3100)], []]),
        ("an upgrade that waits", "large", {"at": "period_end"}, [[("basic", 3100)]]),
    ],
)  # fmt: skip
def test_a_change_takes_effect_when_it_is_asked_for(world, _case, code, change, expected):
    subscribe(world, code, plan_change=change)
    world.travel_to("2024-03-21T10:00:00Z")
    world.run_clock()
    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()

    assert fees(world) == expected
    assert shown(world)[0] == code


@pytest.mark.usefixtures("started")
def test_an_end_cancels_the_change_that_waits(world):
    subscribe(world, "small")

    world.delete("/subscriptions/sub")
    world.travel_to("2024-05-01T01:00:00Z")
    world.run_clock()

    assert fees(world) == [[("basic", 1100)]]
    canceled = world.get("/subscriptions?status[]=canceled")["subscriptions"]
    assert [row["plan_code"] for row in canceled] == ["small"]


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("at", ["2024-03-11", "soon", "2024-02-30", "", 5, "2024-03-20T10:00:00Z", "9999-01-01"])
def test_a_day_that_is_none_or_has_passed_is_refused_and_nothing_changes(world, at):
    before = Activity.objects.count()

    subscribe(world, "large", status=422, plan_change={"at": at})

    assert Activity.objects.count() == before
    assert shown(world) == ("basic", None, None, None)
