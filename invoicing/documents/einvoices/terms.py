"""A trade in the terms of EN 16931, as factur-x takes them: BT and BG are the standard's names."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing_site.core.money import to_amount
from customers.calculations import vat_categories
from invoicing.calculations.vat_breakdown import Allowance, Kind
from invoicing.documents.einvoices.trade import Item, Trade

Terms = dict[str, Any]
ONE = "C62"  # UN/ECE Recommendation 20
DISCOUNT = "95"  # UNTDID 5189
ROUNDING = "ABK"  # UNTDID 7161: miscellaneous
SEPA_TRANSFER, TRANSFER = "58", "30"  # UNTDID 4461
EMAIL_SCHEME = "EM"
# As VAT numbers begin: an ISO country, of the Union or not, and EL for Greece (BR-CO-9).
VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}")
NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def terms(trade: Trade) -> Terms:
    """Return the terms of a trade, without those that say nothing; made anew each time, since factur-x changes them."""
    return _told(
        {
            "BT-1": trade.number,
            "BT-2": trade.issued_on,
            "BT-3": trade.type_code,
            "BT-5": trade.currency,
            "BT-9": trade.due_on,
            "BT-13": trade.order_number,
            "BT-20": trade.terms,
            "BG-1": [{"BT-22": note} for note in trade.notes if clean(note)],
            "BG-3": [{"BT-25": number, "BT-26": day} for number, day in [trade.earlier or ("", None)] if number],
            "BG-4": _seller(trade),
            "BG-7": _buyer(trade),
            **_delivery(trade),
            **_payment(trade),
            "BG-20": [_allowance(row, trade) for row in trade.allowances if row.cents > 0],
            "BG-21": [_charge(row, trade) for row in trade.allowances if row.cents < 0],
            "BG-23": [
                {
                    "BT-116": amount(part.base_cents, trade),
                    "BT-117": amount(part.tax_cents, trade),
                    "BT-118": part.kind.category,
                    "BT-119": _rate(part.kind),
                    "BT-120": trade.reasons.get(part.kind, ""),
                    "BT-121": vat_categories.REASON_CODES.get(part.kind.category, ""),
                }
                for part in trade.parts
            ],
            "BG-25": [_line(number, item, trade) for number, item in enumerate(trade.items, start=1)],
            **_sums(trade),
        }
    )


def is_vat_number(number: str) -> bool:
    """Return whether a tax id has the form of a VAT number: a country, then digits and letters."""
    return bool(VAT_NUMBER.fullmatch(compact(number)))


def compact(number: str) -> str:
    """Return an id without spaces, dots and dashes, in capitals."""
    return re.sub(r"[\s.-]", "", number).upper()


def amount(cents: int, trade: Trade) -> str:
    """Return minor units as e-invoices write them: major units, with the currency's decimals, of which two count."""
    value = f"{to_amount(cents, trade.currency):f}"
    whole, _, decimals = value.partition(".")
    return f"{whole}.{decimals[:2]}" if decimals else whole


def number_text(value: Decimal) -> str:
    """Return a number with all its decimals and none that are zero."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clean(text: str) -> str:
    """Return a text without what XML cannot hold and without white space around it."""
    return NOT_XML.sub("", text).strip()


def _told(value: Any) -> Any:
    """Drop what says nothing, at every depth."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        told = {key: _told(item) for key, item in value.items()}
        return {key: item for key, item in told.items() if item not in ("", None, [], {})}
    if isinstance(value, Sequence):
        return [_told(item) for item in value]
    return value


def _is_outside(trade: Trade) -> bool:
    return any(part.kind.category == vat_categories.OUTSIDE for part in trade.parts)


def _party(copy: Mapping[str, Any]) -> Terms:
    name, legal = clean(copy["name"]), clean(copy["legal_name"])
    email = copy["email"].partition(",")[0]
    return {
        "name": legal or name,
        "biz_name": name if legal and legal != name else "",
        "legal_identifier": copy["legal_number"],
        "country_code": copy["country"],
        "city": copy["city"],
        "postcode": copy["zipcode"],
        "addr_l1": copy["address_line1"],
        "addr_l2": copy["address_line2"],
        "country_subdivision": copy["state"],
        "einvoicing_addr": email,
        "einvoicing_addr_schemeid": EMAIL_SCHEME if clean(email) else "",
    }


def _seller(trade: Trade) -> Terms:
    """Return the seller; outside of VAT its tax id may not stand as a VAT number (BR-O-2)."""
    party, number = _party(trade.seller), trade.seller["tax_identification_number"]
    if is_vat_number(number) and not _is_outside(trade):
        party["vat_identifier"] = compact(number)
    elif clean(number):
        party |= {"tax_identifier": number, "identifiers": {None: number}}
    contact = {"phone": trade.seller["phone"], "email": party["einvoicing_addr"]}
    if any(map(clean, contact.values())):
        party["contacts"] = [{"name": party["name"], **contact}]
    return party


def _buyer(trade: Trade) -> Terms:
    party, number = _party(trade.buyer), trade.buyer["tax_identification_number"]
    if is_vat_number(number) and not _is_outside(trade):
        party["vat_identifier"] = compact(number)
    elif clean(number):
        party["identifiers"] = {None: number}
    return party


def _delivery(trade: Trade) -> Terms:
    """Return the time that is invoiced and its end as the day of delivery, else the day of issue."""
    first, last = trade.days or (None, None)
    return {"BT-72": last or trade.issued_on, "BT-73": first, "BT-74": last}


def _payment(trade: Trade) -> Terms:
    if not trade.account or not _due(trade):
        return {}
    means = SEPA_TRANSFER if trade.currency == "EUR" else TRANSFER
    return {"BT-81": means, "BT-83": trade.number, "BT-84": trade.account}


def _allowance(row: Allowance, trade: Trade) -> Terms:
    return _taken(row.cents, row, trade) | {"reason_code": DISCOUNT}


def _charge(row: Allowance, trade: Trade) -> Terms:
    return _taken(-row.cents, row, trade) | {"reason_code": ROUNDING}


def _taken(cents: int, row: Allowance, trade: Trade) -> Terms:
    return {
        "amount": amount(cents, trade),
        "reason": row.reason,
        "vat_category_code": row.kind.category,
        "vat_rate": _rate(row.kind),
    }


def _rate(kind: Kind) -> str:
    """Return the rate; what is outside of VAT has none (BR-O-5)."""
    return "" if kind.category == vat_categories.OUTSIDE else number_text(kind.rate)


def _line(number: int, item: Item, trade: Trade) -> Terms:
    first, last = item.days or (None, None)
    return {
        "BT-126": str(number),
        "BT-127-00": [{"BT-127": item.note}] if item.note else [],
        "BT-129": number_text(item.units),
        "BT-130": ONE,
        "BT-131": amount(item.cents, trade),
        "BT-134": first,
        "BT-135": last,
        "BT-146": number_text(item.price),
        "BT-151": item.kind.category,
        "BT-152": _rate(item.kind),
        "BT-153": item.name,
        "BT-154": item.about,
    }


def _due(trade: Trade) -> int:
    return trade.net_cents + trade.taxes_cents - trade.paid_cents


def _sums(trade: Trade) -> Terms:
    taken = sum(row.cents for row in trade.allowances if row.cents > 0)
    added = -sum(row.cents for row in trade.allowances if row.cents < 0)
    sums = {
        "BT-106": sum(item.cents for item in trade.items),
        "BT-109": trade.net_cents,
        "BT-110": trade.taxes_cents,
        "BT-112": trade.net_cents + trade.taxes_cents,
        "BT-115": _due(trade),
    }
    optional = {"BT-107": taken, "BT-108": added, "BT-113": trade.paid_cents}
    return {key: amount(cents, trade) for key, cents in (sums | {k: v for k, v in optional.items() if v}).items()}
