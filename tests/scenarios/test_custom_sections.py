"""Texts that invoices print: chosen for the company, for a customer, or for one invoice."""

import pytest

from tests.scenarios.test_documents import text_of


@pytest.fixture
def company(world):
    for code in ("bank", "terms", "thanks"):
        section = {"code": code, "name": code, "display_name": f"Our {code}", "details": f"All about {code}."}
        world.post("/invoice_custom_sections", {"invoice_custom_section": section})
    entity = world.get("/billing_entities")["billing_entities"][0]["code"]
    chosen = {"invoice_custom_section_codes": ["bank", "terms"]}
    world.put(f"/billing_entities/{entity}", {"billing_entity": chosen})
    world.post("/add_ons", {"add_on": {"name": "A", "code": "a", "amount_cents": 100, "amount_currency": "EUR"}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    return world


def sell(world, **more):
    body = {"external_customer_id": "cust", "currency": "EUR", "fees": [{"add_on_code": "a"}], **more}
    return world.post("/invoices", {"invoice": body})["invoice"]


def codes(invoice):
    return [section["code"] for section in invoice["applied_invoice_custom_sections"]]


def test_the_nearest_choice_counts(company):
    assert codes(sell(company)) == ["bank", "terms"]
    own = {"external_id": "cust", "invoice_custom_section_codes": ["thanks"]}
    shown = company.post("/customers", {"customer": own})["customer"]["applicable_invoice_custom_sections"]
    assert [section["code"] for section in shown] == ["thanks"]
    assert codes(sell(company)) == ["thanks"]
    assert codes(sell(company, invoice_custom_section={"invoice_custom_section_codes": ["terms"]})) == ["terms"]
    assert codes(sell(company, invoice_custom_section={"skip_invoice_custom_sections": True})) == []
    company.post("/customers", {"customer": {"external_id": "cust", "skip_invoice_custom_sections": True}})
    assert codes(sell(company)) == []
    unknown = {"external_id": "cust", "invoice_custom_section_codes": ["none"]}
    assert company.post("/customers", {"customer": unknown}, status=404)["code"] == "invoice_custom_section_not_found"


@pytest.mark.usefixtures("company")
def test_what_was_printed_stays_whatever_becomes_of_the_text(world, pro_plan):
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": body})
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    world.put("/invoice_custom_sections/bank", {"invoice_custom_section": {"details": "Another bank."}})
    world.delete("/invoice_custom_sections/terms")

    key = world.get("/invoices?external_customer_id=cust")["invoices"][0]["lago_id"]
    invoice = world.post(f"/invoices/{key}/download", {})["invoice"]

    assert codes(invoice) == ["bank", "terms"]
    text = text_of(world.client.get(invoice["file_url"]).getvalue())
    for told in ("OUR BANK", "All about bank.", "All about terms."):
        assert told.lower() in text.lower(), told
    assert codes(sell(world)) == ["bank"]
