import pytest

from plans.models import Charge, Plan
from tests.admin.test_plan_forms import AS_JSON


@pytest.fixture
def plan(desk):
    """Calls in tiers with a price of their own in Europe, money by percentages, seats, a minimum and a commitment."""
    made = {}
    for code, kind, filters in (
        ("calls", "count_agg", [{"key": "region", "values": ["eu"]}]),
        ("money", "sum_agg", []),
    ):
        body = {"name": code.title(), "code": code, "aggregation_type": kind, "field_name": "n", "filters": filters}
        made[code] = desk.api("post", "/billable_metrics", {"billable_metric": body})["billable_metric"]["lago_id"]
    desk.api("post", "/add_ons", {"add_on": {
        "name": "Seats", "code": "seats", "amount_cents": 1, "amount_currency": "EUR"}})  # fmt: skip
    desk.api("post", "/plans", {"plan": {
        "name": "P", "code": "p", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
        "minimum_commitment": {"amount_cents": 1_000_000},
        "charges": [
            {"billable_metric_id": made["calls"], "charge_model": "graduated",
             "properties": {"graduated_ranges": AS_JSON},
             "filters": [{"values": {"region": ["eu"]}, "properties": {"graduated_ranges": AS_JSON}}]},
            {"billable_metric_id": made["money"], "charge_model": "percentage", "min_amount_cents": 5000,
             "properties": {"rate": "1", "fixed_amount": "0.5", "free_units_per_events": 2}},
            {"billable_metric_id": made["calls"], "charge_model": "volume", "code": "v", "invoice_display_name": "V",
             "properties": {"volume_ranges": AS_JSON}},
            {"billable_metric_id": made["calls"], "charge_model": "package", "code": "k", "invoice_display_name": "K",
             "properties": {"amount": "3", "package_size": 100, "free_units": 100}},
            {"billable_metric_id": made["money"], "charge_model": "dynamic", "code": "d", "invoice_display_name": "D"},
        ],
        "fixed_charges": [{"add_on_code": "seats", "charge_model": "standard", "units": "4",
                           "properties": {"amount": "2.50"}}],
    }})  # fmt: skip
    return Plan.objects.get()


def asked(desk, plan, **units):
    answer = desk.client.get(f"/admin/plans/plan/{plan.pk}/calculator/", units)
    assert answer.status_code == 200
    return answer


def test_units_are_priced_tier_by_tier_beside_the_fee_with_minimums_and_a_total(desk, plan):
    calls, money, volume, package, _ = Charge.objects.order_by("pk")
    europe = calls.filters.get()

    lines = asked(desk, plan, **{
        f"u{calls.pk}_0": "1,250,000", f"u{calls.pk}_{europe.pk}": "1500",
        f"u{money.pk}_0": "1000", f"e{money.pk}_0": "10", f"u{volume.pk}_0": "250001", f"u{package.pk}_0": "350",
    }).context["calculator"].lines()  # fmt: skip

    shown = [(line.what, line.amount.replace("\xa0", " ")) for line in lines]
    assert shown == [
        ("Fee of a month", "EUR 10.00"),
        ("Seats (4)", "EUR 10.00"),
        ("Calls, eu", "EUR 10.00"),
        ("Calls, all others", "EUR 6,485.00"),
        # two of ten events of 100 are free: 1 % of 800, and 0.50 for eight
        ("Money", "EUR 12.00"),
        ("V", "EUR 380.00"),
        ("K", "EUR 9.00"),
        ("money, to its minimum", "EUR 38.00"),
        ("To the minimum commitment", "EUR 3,046.00"),
        ("Total before taxes", "EUR 10,000.00"),
    ]
    notes = [note.replace("\xa0", " ") for note in lines[3].notes]
    assert notes == [
        "1,250,000 units",
        "from 0 to 1,000: 1,000 at EUR 0.00",
        "from 1,001 to 250,000: 249,000 at EUR 0.02",
        "from 250,001 on: 1,000,000 at EUR 0.0015 and EUR 5.00",
    ]


def test_what_cannot_be_known_or_read_is_said(desk, plan):
    page = desk.page(plan)
    assert "each event says what it costs" in page
    assert "EUR\xa010,000.00" in page  # the commitment, without any units

    charge = Charge.objects.order_by("pk").first()
    for typed, says in (("12,5", "decimals with a point"), ("-1", "greater than or equal"), ("\x00", "Enter a number")):
        assert says in asked(desk, plan, **{f"u{charge.pk}_0": typed}).content.decode()
    assert desk.client.get("/admin/plans/plan/0/calculator/").status_code == 404
    assert desk.client.get("/admin/plans/plan/x/calculator/").status_code == 404


def test_without_script_the_page_itself_answers(desk, plan):
    charge = Charge.objects.get(code="k")

    answer = desk.client.get(f"/admin/plans/plan/{plan.pk}/change/", {f"u{charge.pk}_0": "101"})

    assert "EUR\xa03.00" in answer.content.decode()


def test_units_cost_what_events_come_to(desk, plan):
    desk.api("post", "/customers", {"customer": {"external_id": "c", "currency": "EUR"}})
    desk.api("post", "/subscriptions", {"subscription": {
        "external_customer_id": "c", "external_id": "s", "plan_code": "p"}})  # fmt: skip
    events = [
        {"transaction_id": f"t{number}", "external_subscription_id": "s", "code": "calls"} for number in range(12)
    ]
    desk.api("post", "/events/batch", {"events": events})
    used = desk.api("get", "/customers/c/current_usage?external_subscription_id=s")["customer_usage"]

    charges = Charge.objects.filter(code__in=("calls", "v", "k")).order_by("pk")
    lines = asked(desk, plan, **{f"u{charge.pk}_0": "12" for charge in charges}).context["calculator"].lines()

    of_events = {row["charge"]["lago_id"]: row["amount_cents"] for row in used["charges_usage"]}
    by_hand = {line.what: line.amount for line in lines}
    for charge, what in zip(charges, ("Calls, all others", "V", "K"), strict=True):
        assert by_hand[what] == f"EUR\xa0{of_events[str(charge.lago_id)] / 100:.2f}"
