"""
Which category of VAT a tax is on an e-invoice (EN 16931, BT-118; codes of UNTDID 5305).

| the tax | is |
|---|---|
| above nothing | S, standard or reduced rate |
| of the EU's rules: reverse charge | AE |
| of the EU's rules: a buyer or territory outside of the common area | O, outside the scope |
| nothing, and says why | E, exempt |
| nothing | Z, zero rated |

Of goods sold within the Union (K) or exported (G) no tax tells by itself: no invoice is of these.
"""

from decimal import Decimal

from customers.calculations import eu_vat

STANDARD, ZERO, EXEMPT, REVERSE_CHARGE, OUTSIDE = "S", "Z", "E", "AE", "O"

# Why nothing is charged, in the code list of the Union (VATEX); it has none for exemptions by national law.
REASON_CODES = {
    REVERSE_CHARGE: "VATEX-EU-AE",
    OUTSIDE: "VATEX-EU-O",
}


def category(code: str, rate: Decimal, *, description: str = "") -> str:
    """Return the category of a tax, as it was when it was put on."""
    if rate:
        return STANDARD
    if code == eu_vat.REVERSE_CHARGE:
        return REVERSE_CHARGE
    if code.startswith(eu_vat.PREFIX):
        return OUTSIDE
    return EXEMPT if description else ZERO
