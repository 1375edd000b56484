"""Credit notes: asked for, made when a plan ends, and paying what is billed later."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from invoicing.models import CreditNote, CreditNoteItem


@pytest.fixture
def invoiced(world):
    """100.00 and 20 % tax, billed in advance on 1 March and not paid."""
    world.travel_to("2024-03-01T10:00:00Z")
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}})
    metric = {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}
    metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "10"}}
    plan = {
        "code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 10_000, "amount_currency": "EUR",
        "pay_in_advance": True, "charges": [charge],
    }  # fmt: skip
    world.post("/plans", {"plan": plan})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": body})
    world.run_clock()
    key = world.get("/invoices")["invoices"][0]["lago_id"]
    return world.get(f"/invoices/{key}")["invoice"]


def ask(world, invoice, cents, status=200, path="/credit_notes", **shares):
    items = [{"fee_id": invoice["fees"][0]["lago_id"], "amount_cents": cents}]
    body = {"invoice_id": invoice["lago_id"], "items": items, **shares}
    return world.post(path, {"credit_note": body}, status=status)


def test_a_note_has_the_invoice_s_number_and_its_balance_pays_the_next_invoice(world, invoiced):
    note = ask(world, invoiced, 2000, credit_amount_cents=2400, description="Late")["credit_note"]

    assert note["number"] == f"{invoiced['number']}-CN001"
    assert (note["credit_status"], note["refund_status"], note["balance_amount_cents"]) == ("available", None, 2400)
    assert [(row["base_amount_cents"], row["amount_cents"]) for row in note["applied_taxes"]] == [(2000, 400)]

    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()
    key = world.get("/invoices")["invoices"][0]["lago_id"]
    following = world.get(f"/invoices/{key}")["invoice"]
    assert (following["credit_notes_amount_cents"], following["total_amount_cents"]) == (2400, 9600)
    assert [row["item"]["type"] for row in following["credits"]] == ["credit_note"]
    used = world.get(f"/credit_notes/{note['lago_id']}")["credit_note"]
    assert (used["credit_status"], used["balance_amount_cents"]) == ("consumed", 0)
    call_command("audit_books")


@pytest.mark.parametrize(
    ("case", "cents", "shares", "field", "code"),
    [
        ("more than the fee", 10_001, {"credit_amount_cents": 12_001}, "amount_cents",
            "higher_than_remaining_fee_amount"),
        ("another sum than the items", 2000, {"credit_amount_cents": 3000}, "base", "does_not_match_item_amounts"),
        ("nothing", 2000, {}, "base", "total_amount_must_be_positive"),
        ("a refund of what was not paid", 2000, {"refund_amount_cents": 2400}, "refund_amount_cents",
            "cannot_refund_unpaid_invoice"),
    ],
)  # fmt: skip
def test_no_more_is_given_back_than_there_is(world, invoiced, case, cents, shares, field, code):
    found = ask(world, invoiced, cents, status=422, **shares)

    assert found["error_details"][field] == [code], case
    assert world.get("/credit_notes")["credit_notes"] == []


def test_a_paid_invoice_is_refunded_once_and_has_nothing_to_set_off(world, invoiced):
    world.pay(invoiced)

    estimate = ask(world, invoiced, 5000, path="/credit_notes/estimate")["estimated_credit_note"]
    note = ask(world, invoiced, 5000, refund_amount_cents=6000)["credit_note"]

    assert (estimate["max_creditable_amount_cents"], estimate["max_refundable_amount_cents"]) == (6000, 6000)
    assert (estimate["max_offsettable_amount_cents"], note["refund_status"]) == (0, "pending")
    refused = ask(world, invoiced, 5000, offset_amount_cents=6000, status=422)["error_details"]
    assert refused == {"offset_amount_cents": ["cannot_apply_to_paid_invoice"]}
    world.put(f"/credit_notes/{note['lago_id']}", {"credit_note": {"refund_status": "succeeded"}})
    world.put(f"/credit_notes/{note['lago_id']}/void", {}, status=405)


def test_an_offset_takes_off_what_is_due_and_all_of_it_pays_the_invoice(world, invoiced):
    ask(world, invoiced, 5000, offset_amount_cents=6000)
    half = world.get(f"/invoices/{invoiced['lago_id']}")["invoice"]
    ask(world, invoiced, 5000, offset_amount_cents=6000)
    whole = world.get(f"/invoices/{invoiced['lago_id']}")["invoice"]

    assert (half["total_due_amount_cents"], half["payment_status"]) == (6000, "pending")
    assert (whole["total_due_amount_cents"], whole["payment_status"]) == (0, "succeeded")
    assert whole["total_offsetted_credit_note_amount_cents"] == 12_000
    call_command("audit_books")


@pytest.mark.parametrize(
    ("option", "paid", "shares"),
    [
        ("credit", False, (8000, 0, 0)),
        ("skip", False, None),
        ("refund", True, (0, 8000, 0)),
        ("offset", False, (0, 0, 8000)),
    ],
)
def test_an_ended_plan_gives_back_its_unused_days(world, invoiced, option, paid, shares):
    if paid:
        world.pay(invoiced)
    world.travel_to("2024-03-11T10:00:00Z")  # the days from the 12th on are unused: 20 of 31 of 120.00 are 77.42

    world.delete(f"/subscriptions/sub?on_termination_credit_note={option}")
    world.run_clock()
    world.run_clock()

    notes = world.get("/credit_notes")["credit_notes"]
    names = ("credit_amount_cents", "refund_amount_cents", "offset_amount_cents")
    expected = shares and tuple(7742 if cents else 0 for cents in shares)
    assert [tuple(note[name] for name in names) for note in notes] == ([expected] if expected else [])
    call_command("audit_books")


def test_facts_are_kept_and_what_is_left_is_voided(world, invoiced):
    key = ask(world, invoiced, 2000, credit_amount_cents=2400, metadata={"a": "1"})["credit_note"]["lago_id"]

    assert world.post(f"/credit_notes/{key}/metadata", {"metadata": {"b": "2"}})["metadata"] == {"b": "2"}
    assert world.delete(f"/credit_notes/{key}/metadata/b")["metadata"] == {}
    assert world.delete(f"/credit_notes/{key}/metadata/b", status=404)["code"] == "metadata_not_found"
    assert world.put(f"/credit_notes/{key}/void", {})["credit_note"]["credit_status"] == "voided"
    assert world.put(f"/credit_notes/{key}/void", {}, status=405)["code"] == "no_voidable_amount"
    assert world.get("/credit_notes?credit_status=voided&types[]=credit")["meta"]["total_count"] == 1
    assert world.get("/customers/cust/credit_notes?amount_from=2401")["meta"]["total_count"] == 0
    call_command("audit_books")


def test_the_schema_keeps_notes_as_they_are_and_within_their_fees(world, invoiced):
    ask(world, invoiced, 9000, credit_amount_cents=10_800)
    note, item = CreditNote.objects.get(), CreditNoteItem.objects.get()
    more = {"credit_note": note, "fee": item.fee, "precise_amount_cents": 0, "created_at": note.created_at}

    sins = (
        lambda: CreditNote.objects.update(total_amount_cents=1),
        lambda: CreditNote.objects.update(balance_amount_cents=10_801),
        lambda: CreditNote.objects.update(balance_amount_cents=-1),
        lambda: CreditNoteItem.objects.update(amount_cents=1),
        lambda: note.delete(),
        lambda: CreditNoteItem.objects.create(amount_cents=1001, updated_at=note.updated_at, **more),
    )
    for sin in sins:
        with pytest.raises(DatabaseError), transaction.atomic():
            sin()
