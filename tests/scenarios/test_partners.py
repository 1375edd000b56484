"""Partners bill through us: their invoices are issued in their own name, and numbered apart."""

from django.core.management import call_command

from tests.scenarios.test_documents import text_of


def invoices(world, customer):
    return world.get(f"/invoices?external_customer_id={customer}")["invoices"]


def test_a_partners_invoices_are_its_own_and_take_none_of_the_companys_numbers(world, pro_plan):
    numbering = {"document_numbering": "per_billing_entity", "document_number_prefix": "ACME"}
    world.put("/organizations", {"organization": {"legal_name": "Acme Limited", **numbering}})
    for name, kind in (("cust", "customer"), ("partner", "partner"), ("other", "customer")):
        body = {"external_id": name, "legal_name": f"{name.title()} Inc.", "currency": "EUR", "account_type": kind}
        world.post("/customers", {"customer": body})
        subscription = {"external_customer_id": name, "external_id": name, "plan_code": "pro"}
        world.post("/subscriptions", {"subscription": subscription})

    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()

    [own], [first], [second] = (invoices(world, name) for name in ("partner", "cust", "other"))
    assert (own["number"], own["self_billed"]) == ("ACME-002-001", True)
    assert sorted(item["number"] for item in (first, second)) == ["ACME-202403-001", "ACME-202403-002"]
    url = world.post(f"/invoices/{own['lago_id']}/download", {})["invoice"]["file_url"]
    text = text_of(world.client.get(url).getvalue())
    assert "Self-billed invoice" in text
    assert text.index("Partner Inc.") < text.index("Acme Limited")
    call_command("audit_books")


def test_a_partner_is_one_before_anything_else_and_stays_one(world, pro_plan):
    def become(kind):
        return world.post("/customers", {"customer": {"external_id": "cust", "account_type": kind}})["customer"]

    assert [become(kind)["account_type"] for kind in ("customer", "partner")] == ["customer", "partner"]
    subscription = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": subscription})

    assert become("customer")["account_type"] == "partner"
