"""Package: units are sold in packages, and one begun is paid whole."""

from dataclasses import dataclass
from decimal import Decimal

from billing_site.core.money import plain
from plans.calculations.charge_models.contract import ZERO, ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader


@dataclass(frozen=True, slots=True)
class PackageTerms:
    """The price of a package in major units, how many units it holds, and how many units cost nothing."""

    amount: Decimal
    package_size: int
    free_units: int


def read(reader: PropertyReader) -> PackageTerms:
    """Return the terms, noting `invalid_amount`, `invalid_package_size` and `invalid_free_units`."""
    return PackageTerms(
        amount=reader.amount("amount", "invalid_amount"),
        package_size=reader.count("package_size", "invalid_package_size", minimum=1),
        free_units=reader.count("free_units", "invalid_free_units", minimum=0),
    )


def price(terms: PackageTerms, usage: UsageFigures, _currency: str) -> Price:
    """Return packages begun × price. The price of a unit is that of a paid one."""
    paid_units = max(usage.units - terms.free_units, ZERO)
    packages = paid_units // terms.package_size + (1 if paid_units % terms.package_size else 0)
    amount = packages * terms.amount
    return Price(amount, amount / paid_units if paid_units else ZERO, _details(terms, usage, paid_units))


def _details(terms: PackageTerms, usage: UsageFigures, paid_units: Decimal) -> dict[str, str | int]:
    used = bool(usage.units)
    return {
        "free_units": plain(Decimal(terms.free_units if used else 0)),
        "paid_units": plain(paid_units),
        "per_package_size": terms.package_size if used else 0,
        "per_package_unit_amount": plain(terms.amount if used else ZERO),
    }


MODEL = ChargeModel(
    keys=("amount", "package_size", "free_units"),
    default={"amount": "0", "package_size": 1, "free_units": 0},
    read=read,
    price=price,
)
