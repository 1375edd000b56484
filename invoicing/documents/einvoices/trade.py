"""What invoices and credit notes alike tell an e-invoice, before it is put into terms of EN 16931."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing_site.core.money import exact, to_amount
from billing_site.core.periods import MOMENT, local_date
from customers.calculations import vat_categories
from invoicing.calculations.vat_breakdown import Allowance, Kind, Part
from invoicing.documents.context import tax_note
from invoicing.documents.languages import Words
from invoicing.documents.lines import Pen
from invoicing.models import Fee

# Up to this much may lie between units × price and the amount (PEPPOL-EN16931-R120).
SLACK = Decimal("0.02")
ZERO = Decimal(0)
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Item:
    """A line: `cents` are minor units, `price` is in major units, `days` the first and the last of its time."""

    name: str
    about: str
    note: str
    units: Decimal
    price: Decimal
    cents: int
    kind: Kind
    days: Days | None


@dataclass(frozen=True, slots=True)
class Trade:
    """A document as data. Who is `seller` has sold, also where the buyer writes the invoice."""

    type_code: str  # UNTDID 1001
    number: str
    issued_on: date
    due_on: date | None
    terms: str
    currency: str
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    items: Sequence[Item]
    parts: Sequence[Part]
    allowances: Sequence[Allowance]
    reasons: Mapping[Kind, str]  # why nothing is charged
    net_cents: int
    taxes_cents: int
    paid_cents: int = 0
    order_number: str = ""
    earlier: tuple[str, date] | None = None  # the invoice that a note is about
    notes: Sequence[str] = ()
    account: str = ""  # IBAN

    @property
    def days(self) -> Days | None:
        """Return the first and the last day that any line is for."""
        known = [item.days for item in self.items if item.days]
        return (min(first for first, _ in known), max(last for _, last in known)) if known else None

    @property
    def amounts(self) -> list[int]:
        """Return every amount that is written, in minor units."""
        return [
            *(item.cents for item in self.items),
            *(cents for part in self.parts for cents in (part.base_cents, part.tax_cents)),
            *(allowance.cents for allowance in self.allowances),
            self.paid_cents,
        ]


def days_of(fee: Fee, zone: str) -> Days | None:
    """Return the first and the last day that a fee is for, by the customer's calendar."""
    if not fee.from_at or not fee.to_at:
        return None
    return local_date(fee.from_at, zone), local_date(_last(fee.from_at, fee.to_at), zone)


def _last(start: datetime, end: datetime) -> datetime:
    return max(end - MOMENT, start)


@exact
def priced(fee: Fee, pen: Pen) -> tuple[Decimal, Decimal, str]:
    """
    Return units, price of one in major units, and a note, so that units × price is the line's amount.

    Where a flat fee, tiers or a share of a month keep it from being so, the line is one of its amount, and the note
    says the units.
    """
    amount = to_amount(fee.amount_cents, fee.currency)
    if fee.units and abs(fee.units * fee.precise_unit_amount - amount) <= SLACK:
        return fee.units, fee.precise_unit_amount, ""
    return Decimal(1), amount, f"{pen.words.units}: {pen.number(fee.units)}"


def kinds_of(fees: Iterable[Fee], words: Words) -> tuple[dict[int, Kind], dict[Kind, str]]:
    """
    Return how each fee (by key) is taxed, and why some are not.

    What no tax is on is outside the scope of VAT where that is all there is, else exempt: O stands beside no other
    category (BR-O-11).
    """
    found = {fee.pk: _kind(fee, words) for fee in fees}
    if len({kind.category for kind, _ in found.values()}) > 1:
        found = {key: (_beside_others(kind), reason) for key, (kind, reason) in found.items()}
    reasons: dict[Kind, dict[str, None]] = {}
    for kind, reason in found.values():
        if kind.category not in (vat_categories.STANDARD, vat_categories.ZERO):
            reasons.setdefault(kind, {})[reason] = None
    return {key: kind for key, (kind, _) in found.items()}, {kind: " ".join(told) for kind, told in reasons.items()}


def _kind(fee: Fee, words: Words) -> tuple[Kind, str]:
    taxes = sorted(fee.taxes.all(), key=lambda row: row.pk)
    if not taxes:
        return Kind(vat_categories.OUTSIDE, ZERO), words.untaxed
    if rate := sum((tax.rate for tax in taxes), ZERO):
        return Kind(vat_categories.STANDARD, rate), ""
    tax = taxes[0]
    category = vat_categories.category(tax.code, tax.rate, description=tax.description)
    return Kind(category, ZERO), tax_note(tax, words) or tax.name


def _beside_others(kind: Kind) -> Kind:
    return replace(kind, category=vat_categories.EXEMPT) if kind.category == vat_categories.OUTSIDE else kind
