"""Current usage beside what it is expected to come to, and past usage by filter and group."""


def prepared(world):
    metric = {
        "name": "Calls", "code": "calls", "aggregation_type": "sum_agg", "field_name": "n",
        "filters": [{"key": "cloud", "values": ["aws", "gcp"]}],
    }  # fmt: skip
    seats = {"name": "Seats", "code": "seats", "aggregation_type": "sum_agg", "field_name": "n", "recurring": True}
    calls, seats = (
        world.post("/billable_metrics", {"billable_metric": item})["billable_metric"] for item in (metric, seats)
    )
    charges = [
        {
            "billable_metric_id": calls["lago_id"], "charge_model": "standard",
            "properties": {"amount": "1", "pricing_group_keys": ["team"]},
            "filters": [{"values": {"cloud": ["aws"]}, "properties": {"amount": "2", "pricing_group_keys": ["team"]}}],
        },
        {"billable_metric_id": seats["lago_id"], "charge_model": "standard", "properties": {"amount": "7"}},
    ]  # fmt: skip
    plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan | {"pay_in_advance": False, "charges": charges}})
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 10, "applied_to_organization": True}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body})
    send(world, "calls", "a", {"n": 3, "cloud": "aws", "team": "x"})
    send(world, "calls", "b", {"n": 5, "team": "x"})
    send(world, "seats", "c", {"n": 2})


def send(world, code, mark, properties):
    event = {"transaction_id": mark, "code": code, "external_subscription_id": "sub", "properties": properties}
    world.post("/events", {"event": event})


def test_usage_is_projected_to_the_end_of_its_period(world):
    prepared(world)  # it begins on the 5th: 27 days are left of March
    world.travel_to("2024-03-07T09:00:00+00:00")  # the third of them

    shown = world.get("/customers/cust/projected_usage?external_subscription_id=sub")["customer_projected_usage"]

    calls, seats = shown["charges_usage"]
    assert (shown["amount_cents"], shown["projected_amount_cents"]) == (2500, 9 * 1100 + 1400)
    assert (shown["taxes_amount_cents"], shown["total_amount_cents"]) == (250, 2750)
    assert (calls["units"], calls["projected_units"], calls["projected_amount_cents"]) == ("8.0", "72.0", 9900)
    assert (seats["projected_units"], seats["projected_amount_cents"]) == ("2.0", 1400)
    by_filter = [(row["values"], row["projected_units"], row["projected_amount_cents"]) for row in calls["filters"]]
    assert by_filter == [({"cloud": ["aws"]}, "27.0", 5400), ({}, "45.0", 4500)]
    assert [row["projected_amount_cents"] for row in calls["grouped_usage"]] == [9900]
    world.get("/customers/cust/projected_usage?external_subscription_id=none", status=404)
    world.get("/customers/cust/projected_usage?external_subscription_id=sub&apply_taxes=maybe", status=422)


def test_past_usage_is_shown_by_filter_and_group(world):
    prepared(world)
    world.travel_to("2024-04-01T09:00:00+00:00")
    world.run_clock()

    (period,) = world.get("/customers/cust/past_usage?external_subscription_id=sub")["usage_periods"]

    calls = next(row for row in period["charges_usage"] if row["billable_metric"]["code"] == "calls")
    assert sorted((str(row["values"]), row["units"], row["amount_cents"]) for row in calls["filters"]) == [
        ("None", "5.0", 500), ("{'cloud': ['aws']}", "3.0", 600),
    ]  # fmt: skip
    (team,) = calls["grouped_usage"]
    assert (team["grouped_by"], team["amount_cents"], len(team["filters"])) == ({"team": "x"}, 1100, 2)
