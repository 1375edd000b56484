"""
Which VAT a seller in the European Union owes on services, by where the buyer is (Directive 2006/112/EC).

| the buyer | owes |
|---|---|
| in a territory outside the common area (French ones: only businesses) | that territory's rate |
| registered for VAT in the seller's country | the seller's rate |
| registered in another country of the Union | nothing: reverse charge, article 196 |
| not registered, in the Union | the rate of its own country, article 58 |
| of no known country | the seller's rate |
| elsewhere | nothing, article 44 |
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

REVERSE_CHARGE, EXEMPT = "lago_eu_reverse_charge", "lago_eu_tax_exempt"
PREFIX = "lago_eu_"

# Standard rates in percent as of 2026.
RATES = {
    country: Decimal(rate)
    for country, rate in {
        "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24", "ES": "21",
        "FI": "25.5", "FR": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22", "LT": "21", "LU": "17",
        "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21", "SE": "25", "SI": "22", "SK": "23",
    }.items()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of a country with a rate of its own, told by its postal codes."""

    country: str
    name: str
    postcodes: str
    rate: Decimal

    @property
    def code(self) -> str:
        """Return the code of its tax."""
        return f"{PREFIX}{self.country.lower()}_exception_{self.name.lower().replace(' ', '_')}"


TERRITORIES = tuple(
    Territory(country, name, postcodes, Decimal(rate))
    for country, name, postcodes, rate in (
        ("AT", "Jungholz", "6691", "19"),
        ("AT", "Mittelberg", "699[123]", "19"),
        ("DE", "Busingen am Hochrhein", "78266", "0"),
        ("DE", "Heligoland", "27498", "0"),
        ("ES", "Canary Islands", "3[58][0-9]{3}", "0"),
        ("ES", "Ceuta", "51[0-9]{3}", "0"),
        ("ES", "Melilla", "52[0-9]{3}", "0"),
        ("FR", "Guadeloupe", "971[0-9]{2}", "8.5"),
        ("FR", "Martinique", "972[0-9]{2}", "8.5"),
        ("FR", "Reunion", "974[0-9]{2}", "8.5"),
        ("FR", "French Guiana", "973[0-9]{2}", "0"),
        ("FR", "Mayotte", "976[0-9]{2}", "0"),
        ("GR", "Mount Athos", "63086", "0"),
        ("IT", "Campione d Italia", "2206[01]", "0"),
        ("IT", "Livigno", "23030|23041", "0"),
        ("PT", "Azores", "9[5-9][0-9]{2}(-?[0-9]{3})?", "16"),
        ("PT", "Madeira", "9[0-4][0-9]{2}(-?[0-9]{3})?", "22"),
    )
)
ONLY_BUSINESSES = frozenset({"FR"})


@dataclass(frozen=True, slots=True)
class Buyer:
    """What decides: ISO country, postal code, and in which country its VAT number was found valid, if it was."""

    country: str = ""
    postcode: str = ""
    registered_in: str | None = None


def tax_code(seller_country: str, buyer: Buyer) -> str:
    """Return the code of the tax that a buyer owes a seller of a country of the Union."""
    if territory := _territory(buyer):
        return territory.code
    if buyer.registered_in is not None:
        return standard_code(seller_country) if buyer.registered_in == seller_country else REVERSE_CHARGE
    if not buyer.country:
        return standard_code(seller_country)
    return standard_code(buyer.country) if buyer.country in RATES else EXEMPT


def standard_code(country: str) -> str:
    """Return the code of a country's standard rate."""
    return f"{PREFIX}{country.lower()}_standard"


def all_taxes() -> Iterator[tuple[str, str, Decimal]]:
    """Return code, name as printed and rate of every tax that these rules may ask for."""
    for country, rate in RATES.items():
        yield standard_code(country), f"VAT {country}", rate
    for territory in TERRITORIES:
        yield territory.code, f"VAT {territory.country} {territory.name}", territory.rate
    yield REVERSE_CHARGE, "VAT reverse charge", Decimal(0)
    yield EXEMPT, "VAT exempt", Decimal(0)


def _territory(buyer: Buyer) -> Territory | None:
    if buyer.country in ONLY_BUSINESSES and buyer.registered_in is None:
        return None
    postcode = re.sub(r"\s", "", buyer.postcode)
    for territory in TERRITORIES:
        if territory.country == buyer.country and re.fullmatch(territory.postcodes, postcode):
            return territory
    return None
