from decimal import Decimal

import pytest

from customers.calculations.eu_vat import Buyer, all_taxes, tax_code


@pytest.mark.parametrize(
    ("_case", "buyer", "expected"),
    [
        ("at home, a consumer", Buyer("FR", "75018"), "fr_standard"),
        ("at home, registered", Buyer("FR", "75018", "FR"), "fr_standard"),
        ("in another country, a consumer", Buyer("IT", "00146"), "it_standard"),
        ("in another country, registered", Buyer("IT", "00146", "IT"), "reverse_charge"),
        ("registered in another country than it is in", Buyer("FR", "75018", "DE"), "reverse_charge"),
        ("outside of the Union", Buyer("US", "10001"), "tax_exempt"),
        ("of no known country", Buyer(), "fr_standard"),
        ("registered, of no known country", Buyer(registered_in="FR"), "fr_standard"),
        ("on an island with a rate of its own", Buyer("PT", "9500-321"), "pt_exception_azores"),
        ("on islands outside, even registered", Buyer("ES", "35 001", "ES"), "es_exception_canary_islands"),
        ("in an overseas region, a consumer", Buyer("FR", "97410"), "fr_standard"),
        ("in an overseas region, registered", Buyer("FR", "97410", "FR"), "fr_exception_reunion"),
        ("with a postal code that only begins so", Buyer("DE", "274980"), "de_standard"),
    ],
)
def test_where_the_buyer_is_decides(_case, buyer, expected):
    assert tax_code("FR", buyer) == f"lago_eu_{expected}"


def test_every_tax_that_may_be_asked_for_is_made_once():
    taxes = {code: rate for code, _, rate in all_taxes()}

    assert len(taxes) == len(list(all_taxes()))
    assert (taxes["lago_eu_fi_standard"], taxes["lago_eu_pt_exception_madeira"]) == (Decimal("25.5"), Decimal(22))
    assert taxes["lago_eu_reverse_charge"] == taxes["lago_eu_tax_exempt"] == 0
