"""When a plan's minimum commitment is asked for."""

COMMITTED = {
    "name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 3000, "amount_currency": "EUR",
    "pay_in_advance": True, "minimum_commitment": {"amount_cents": 9000},
}  # fmt: skip


def subscribe(world, **fields):
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"} | fields
    world.post("/subscriptions", {"subscription": body})


def fees_billed_at(world, *days):
    """The fees, kind and cents, that each day adds."""
    shown, known = [], set()
    for day in days:
        world.travel_to(f"{day}T13:00:00+00:00")
        world.run_clock()
        rows = world.get("/fees?external_subscription_id=sub")["fees"]
        new = [row for row in rows if row["lago_id"] not in known]
        known |= {row["lago_id"] for row in new}
        shown.append(sorted((row["item"]["type"], row["amount_cents"]) for row in new))
    return shown


def test_a_period_that_lies_within_the_trial_is_not_held_to_the_commitment(world):
    world.post("/plans", {"plan": COMMITTED | {"trial_period": 45}})
    subscribe(world)

    # The trial ends on 19 April; of April's 30 days twelve are paid, and the commitment asks for all of them.
    assert fees_billed_at(world, "2024-04-01", "2024-04-19", "2024-05-01") == [
        [],
        [("subscription", 1200)],
        [("commitment", 7800), ("subscription", 3000)],
    ]


def test_a_period_that_began_before_the_subscription_was_made_is_not_held_to_the_commitment(world):
    world.post("/plans", {"plan": COMMITTED})
    subscribe(world, subscription_at="2024-02-10T00:00:00Z")

    assert fees_billed_at(world, "2024-04-01", "2024-05-01") == [
        [("subscription", 3000)],
        [("commitment", 6000), ("subscription", 3000)],
    ]
