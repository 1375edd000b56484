"""What is done with invoices over the API: drafts refreshed, made final, deleted; final ones void; add-ons sold."""

import pytest
from django.core.management import call_command

VAT = {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}}


@pytest.fixture
def billed(world):
    """Three requests of 10.00 each in March, due on 1 April, with a coupon of 5.00; the days of grace are given."""

    def bill(grace=0):
        world.travel_to("2024-03-01T10:00:00Z")
        world.post("/taxes", VAT)
        metric = {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}
        metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
        charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "10"}}
        plan = {"code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
                "charges": [charge]}  # fmt: skip
        world.post("/plans", {"plan": plan})
        customer = {"external_id": "cust", "billing_configuration": {"invoice_grace_period": grace}}
        world.post("/customers", {"customer": customer})
        world.post(
            "/subscriptions",
            {"subscription": {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}},
        )
        coupon = {"name": "Five", "code": "five", "coupon_type": "fixed_amount", "amount_cents": 500,
                  "amount_currency": "EUR", "frequency": "once", "expiration": "no_expiration"}  # fmt: skip
        world.post("/coupons", {"coupon": coupon})
        world.post("/applied_coupons", {"applied_coupon": {"external_customer_id": "cust", "coupon_code": "five"}})
        for mark in "abc":
            send(world, mark)
        world.travel_to("2024-04-01T10:00:00Z")
        world.run_clock()
        return world.get("/invoices")["invoices"][0]

    return bill


def send(world, mark):
    event = {"transaction_id": mark, "code": "requests", "external_subscription_id": "sub", "timestamp": 1710000000}
    world.post("/events", {"event": event})


def test_a_draft_takes_late_usage_when_refreshed_and_is_made_final_by_hand(world, billed):
    draft = billed(grace=3)
    assert (draft["status"], draft["total_amount_cents"]) == ("draft", 3600)
    send(world, "late")

    refreshed = world.put(f"/invoices/{draft['lago_id']}/refresh", {})["invoice"]
    final = world.put(f"/invoices/{draft['lago_id']}/finalize", {})["invoice"]

    assert (refreshed["status"], refreshed["total_amount_cents"]) == ("draft", 4800)
    assert (final["status"], final["total_amount_cents"], final["coupons_amount_cents"]) == ("finalized", 4200, 500)
    assert world.put(f"/invoices/{draft['lago_id']}/finalize", {}, status=404)["code"] == "invoice_not_found"
    assert world.put(f"/invoices/{draft['lago_id']}/refresh", {})["invoice"]["number"] == final["number"]
    call_command("audit_books")


def test_a_deleted_draft_is_gone_and_its_time_is_not_billed_again(world, billed):
    draft = billed(grace=3)

    assert world.delete(f"/invoices/{draft['lago_id']}")["invoice"]["status"] == "deleted"

    world.travel_to("2024-04-10T10:00:00Z")
    world.run_clock()
    assert world.get("/invoices")["invoices"] == []
    call_command("audit_books")


def test_a_void_invoice_gives_its_coupon_back(world, billed):
    invoice = billed()
    assert world.get("/applied_coupons")["applied_coupons"][0]["status"] == "terminated"

    void = world.post(f"/invoices/{invoice['lago_id']}/void", {})["invoice"]

    coupon = world.get("/applied_coupons")["applied_coupons"][0]
    assert (void["status"], coupon["status"], coupon["amount_cents_remaining"]) == ("voided", "active", 500)
    assert world.post(f"/invoices/{invoice['lago_id']}/void", {}, status=405)["code"] == "not_voidable"
    assert world.delete(f"/invoices/{invoice['lago_id']}", status=405)["code"] == "not_deletable"
    refused = world.put(f"/invoices/{invoice['lago_id']}", {"invoice": {"payment_status": "failed"}}, status=405)
    assert refused["code"] == "update_on_voided_invoice"
    call_command("audit_books")


def test_a_paid_invoice_is_void_only_with_its_money_given_back(world, billed):
    invoice = billed()
    path = f"/invoices/{invoice['lago_id']}"
    world.pay(invoice)

    assert world.post(f"{path}/void", {}, status=405)["code"] == "not_voidable"
    too_much = {"generate_credit_note": True, "credit_amount": 0, "refund_amount": 3001}
    world.post(f"{path}/void", too_much, status=422)
    void = world.post(f"{path}/void", {"generate_credit_note": True, "credit_amount": 1000, "refund_amount": 700})

    note = world.get("/credit_notes")["credit_notes"][0]
    assert (void["invoice"]["status"], void["invoice"]["payment_status"]) == ("voided", "succeeded")
    assert (note["credit_amount_cents"] + note["refund_amount_cents"], note["refund_amount_cents"]) == (1700, 700)
    call_command("audit_books")


def test_facts_are_kept_with_a_final_invoice_and_found_by(world, billed):
    invoice = billed()
    path = f"/invoices/{invoice['lago_id']}"

    kept = world.put(path, {"invoice": {"metadata": [{"key": "order", "value": "A1"}]}})["invoice"]["metadata"]
    again = world.put(path, {"invoice": {"metadata": [{"id": kept[0]["lago_id"], "key": "order", "value": "A2"}]}})

    assert [(row["lago_id"], row["value"]) for row in again["invoice"]["metadata"]] == [(kept[0]["lago_id"], "A2")]
    counts = [world.get(f"/invoices?{query}")["meta"]["total_count"] for query in (
        "metadata[order]=A2", "metadata[order]=A1", "metadata[order]=", "metadata[other]=", "partially_paid=false",
        "partially_paid=true", "payment_dispute_lost=true",
    )]  # fmt: skip
    assert counts == [1, 0, 0, 1, 1, 0, 0]
    world.get("/invoices?billing_entity_codes[]=nobody", status=404)
    many = [{"key": f"k{number}", "value": "v"} for number in range(6)]
    assert "metadata" in world.put(path, {"invoice": {"metadata": many}}, status=422)["error_details"]
    assert world.post(f"{path}/lose_dispute", {})["invoice"]["payment_dispute_lost_at"]
    assert world.get("/invoices?payment_dispute_lost=true")["meta"]["total_count"] == 1


def test_add_ons_are_sold_without_coupons(world, billed):
    billed(grace=30)
    add_on = {"name": "Setup", "code": "setup", "amount_cents": 1005, "amount_currency": "EUR"}
    world.post("/add_ons", {"add_on": add_on})
    fees = [{"add_on_code": "setup"}, {"add_on_code": "setup", "units": "1.5", "unit_amount_cents": 333}]

    sold = world.post("/invoices", {"invoice": {"external_customer_id": "cust", "fees": fees}})["invoice"]

    assert (sold["invoice_type"], sold["status"]) == ("one_off", "finalized")
    assert [fee["amount_cents"] for fee in sold["fees"]] == [1005, 500]
    assert (sold["taxes_amount_cents"], sold["total_amount_cents"], sold["coupons_amount_cents"]) == (301, 1806, 0)
    assert sold["fees"][0]["item"]["item_type"] == "AddOn"
    call_command("audit_books")


@pytest.mark.parametrize(
    ("case", "change", "status", "code"),
    [
        ("nobody", {"external_customer_id": "who"}, 404, "customer_not_found"),
        ("nothing", {"fees": []}, 404, "fees_not_found"),
        ("an unknown add-on", {"fees": [{"add_on_code": "x"}]}, 404, "add_on_not_found"),
        ("half a time", {"fees": [{"add_on_code": "setup", "from_datetime": "2024-01-01T00:00:00Z"}]}, 422,
            "validation_errors"),
        ("without a currency", {"currency": None}, 422, "validation_errors"),
    ],
)  # fmt: skip
def test_what_cannot_be_sold_is_refused(world, case, change, status, code):
    world.post("/customers", {"customer": {"external_id": "cust"}})
    add_on = {"name": "Setup", "code": "setup", "amount_cents": 1005, "amount_currency": "EUR"}
    world.post("/add_ons", {"add_on": add_on})
    body = {"external_customer_id": "cust", "currency": "EUR", "fees": [{"add_on_code": "setup"}], **change}

    assert world.post("/invoices", {"invoice": body}, status=status)["code"] == code, case
    assert world.get("/invoices")["invoices"] == []


@pytest.mark.parametrize(
    ("days", "status", "final_on"), [(0, "finalized", None), (1, "draft", "2024-04-02"), (9, "draft", "2024-04-10")]
)
def test_a_draft_follows_the_days_of_grace(world, billed, days, status, final_on):
    draft = billed(grace=3)
    customer = {"external_id": "cust", "billing_configuration": {"invoice_grace_period": days}}

    world.post("/customers", {"customer": customer})
    call_command("drain")

    assert world.get(f"/invoices/{draft['lago_id']}")["invoice"]["status"] == status
    if final_on:
        world.travel_to(f"{final_on}T10:00:00Z")
        world.run_clock()
        assert world.get(f"/invoices/{draft['lago_id']}")["invoice"]["status"] == "finalized"
