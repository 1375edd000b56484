"""Sellers in the European Union: which tax a customer gets, and what its invoice says of it."""

import pytest

from billing_site.core.models import Activity
from customers.models import Customer
from customers.services import eu_taxes
from tests.scenarios.test_documents import text_of

ITALIAN = "IT00743110157"


@pytest.fixture
def seller(world):
    entity = world.get("/billing_entities")["billing_entities"][0]["code"]
    rules = {"country": "FR", "eu_tax_management": True}
    world.put(f"/billing_entities/{entity}", {"billing_entity": rules})
    return entity


def become(world, **facts):
    body = {"external_id": "cust", "currency": "EUR", **facts}
    customer = world.post("/customers", {"customer": body})["customer"]
    return [tax["code"].removeprefix("lago_eu_") for tax in customer["taxes"]]


def test_the_tax_follows_what_the_customer_is(world, seller):
    assert become(world, country="FR", zipcode="75018") == ["fr_standard"]
    assert become(world, name="Renamed") == ["fr_standard"]
    assert become(world, country="IT") == ["it_standard"]
    assert become(world, tax_identification_number=ITALIAN) == ["reverse_charge"]
    assert become(world, tax_identification_number="IT1") == ["it_standard"]
    assert become(world, country="US", tax_identification_number=None) == ["tax_exempt"]
    checks = Activity.objects.filter(type="customer.vies_check").order_by("pk")
    assert [check.details["valid"] for check in checks] == [True, False]


def test_other_taxes_may_stand_beside_and_stay_until_the_customer_moves(world, seller):
    world.post("/taxes", {"tax": {"name": "City", "code": "city", "rate": 1}})

    assert sorted(become(world, country="FR", tax_codes=["city"])) == ["city", "fr_standard"]
    assert sorted(become(world, name="Renamed")) == ["city", "fr_standard"]
    assert become(world, country="DE") == ["de_standard"]


def test_rules_are_for_sellers_in_the_union(world):
    entity = world.get("/billing_entities")["billing_entities"][0]["code"]

    for country in ("US", None):
        rules = {"country": country, "eu_tax_management": True}
        answer = world.put(f"/billing_entities/{entity}", {"billing_entity": rules}, status=422)
        assert answer["error_details"] == {"eu_tax_management": ["org_must_be_in_eu"]}
    assert world.get("/taxes")["taxes"] == []
    assert become(world, country="FR") == []


@pytest.mark.parametrize(
    ("locale", "facts", "sentence"),
    [
        ("en", {"country": "IT", "tax_identification_number": ITALIAN}, "Reverse charge: the recipient owes the VAT"),
        ("fr", {"country": "IT", "tax_identification_number": ITALIAN}, "Autoliquidation"),
        ("de", {"country": "CH"}, "Nicht steuerbar in der Europäischen Union"),
    ],
)
def test_the_invoice_says_why_it_bears_no_tax(world, seller, locale, facts, sentence):
    become(world, billing_configuration={"document_locale": locale}, **facts)
    world.post("/add_ons", {"add_on": {"name": "A", "code": "a", "amount_cents": 100, "amount_currency": "EUR"}})
    body = {"external_customer_id": "cust", "currency": "EUR", "fees": [{"add_on_code": "a"}]}
    invoice = world.post("/invoices", {"invoice": body})["invoice"]

    url = world.post(f"/invoices/{invoice['lago_id']}/download", {})["invoice"]["file_url"]

    assert invoice["taxes_amount_cents"] == 0
    assert sentence in text_of(world.client.get(url).getvalue())


def test_what_a_remote_register_says_in_the_end_counts(world, seller):
    become(world, country="IT", tax_identification_number=ITALIAN)
    customer = Customer.objects.get()

    eu_taxes.follow_register(customer, None, now=customer.updated_at)

    assert [tax.code for tax in customer.taxes.all()] == ["lago_eu_it_standard"]
