"""
Which category of VAT a tax is on an e-invoice (EN 16931, BT-118; codes of UNTDID 5305).

| the tax | is |
|---|---|
| above nothing | S, standard or reduced rate |
| of the EU's rules: reverse charge | AE |
| of the EU's rules: a buyer or territory outside of the common area | O, outside the scope |
| nothing, and says why | E, exempt |
| nothing | Z, zero rated |

Of goods sold within the Union (K) or exported (G) no tax tells by itself: for these `chosen` is there;
no setting fills it in.
"""

from decimal import Decimal

from customers.calculations import eu_vat

STANDARD, ZERO, EXEMPT, REVERSE_CHARGE, WITHIN_THE_UNION, EXPORT, OUTSIDE = "S", "Z", "E", "AE", "K", "G", "O"

# Why nothing is charged, in the code list of the Union (VATEX); it has none for exemptions by national law.
REASON_CODES = {
    REVERSE_CHARGE: "VATEX-EU-AE",
    WITHIN_THE_UNION: "VATEX-EU-IC",
    EXPORT: "VATEX-EU-G",
    OUTSIDE: "VATEX-EU-O",
}


def category(code: str, rate: Decimal, *, chosen: str = "", description: str = "") -> str:
    """Return the category of a tax; `chosen` says another for a rate of nothing."""
    if rate:
        return STANDARD
    if chosen:
        return chosen
    if code == eu_vat.REVERSE_CHARGE:
        return REVERSE_CHARGE
    if code.startswith(eu_vat.PREFIX):
        return OUTSIDE
    return EXEMPT if description else ZERO
