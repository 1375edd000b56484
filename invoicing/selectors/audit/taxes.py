"""Taxes, computed a second time from the fees and the rates that were kept with them."""

from billing_site.core.audit import Invariant

# The base is exact to the fifteenth decimal of a cent; so is everything up to the one rounding.
_BASE = "(f.amount_cents - f.precise_coupons_amount_cents)"

INVARIANTS = (
    Invariant(
        "tax_rows_add_up",
        "The rows by tax add up to the invoice's taxes.",
        """SELECT i.id, i.number, i.taxes_amount_cents, coalesce(t.cents, 0) AS found
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_invoicetax GROUP BY invoice_id) t
                ON t.invoice_id = i.id
            WHERE i.taxes_amount_cents <> coalesce(t.cents, 0)""",
    ),
    Invariant(
        "taxes_follow_from_fees",
        "An invoice's taxes are those of its fees, summed up exactly and rounded once.",
        f"""SELECT i.id, i.number, i.taxes_amount_cents, coalesce(f.exact, 0) AS exact
            FROM invoicing_invoice i
            LEFT JOIN (SELECT f.invoice_id, sum({_BASE} * t.rate * 0.01) AS exact
                       FROM invoicing_fee f JOIN invoicing_feetax t ON t.fee_id = f.id GROUP BY f.invoice_id) f
                ON f.invoice_id = i.id
            WHERE i.taxes_amount_cents <> round(coalesce(f.exact, 0))""",
    ),
    Invariant(
        "tax_rows_follow_from_fees",
        "Each row by tax is what its fees come to, on their base; cents up go to those that rounding down cost most.",
        f"""WITH by_fees AS (
                SELECT f.invoice_id, t.code, t.rate, sum({_BASE}) AS base, sum({_BASE} * t.rate * 0.01) AS exact
                FROM invoicing_fee f JOIN invoicing_feetax t ON t.fee_id = f.id
                WHERE f.invoice_id IS NOT NULL GROUP BY f.invoice_id, t.code, t.rate
            ), rows AS (
                SELECT coalesce(t.invoice_id, f.invoice_id) AS invoice_id, coalesce(t.code, f.code) AS code,
                    t.amount_cents, f.exact, t.fees_amount_cents, f.base, t.amount_cents - floor(f.exact) AS up,
                    f.exact - floor(f.exact) AS lost
                FROM invoicing_invoicetax t
                FULL JOIN by_fees f ON f.invoice_id = t.invoice_id AND f.code = t.code AND f.rate = t.rate
            )
            SELECT invoice_id, code, amount_cents, exact, fees_amount_cents, base FROM rows
            WHERE up IS NULL OR up NOT IN (0, 1) OR fees_amount_cents <> round(base)
               OR (up = 1 AND EXISTS (SELECT 1 FROM rows o WHERE o.invoice_id = rows.invoice_id
                                      AND o.up = 0 AND o.lost > rows.lost))""",
    ),
    Invariant(
        "fee_taxes_follow_from_rates",
        "A fee's taxes are its base times the sum of its rates, rounded once; each of its rows is rounded alone.",
        f"""SELECT f.id, f.invoice_id, f.taxes_amount_cents, f.taxes_rate, t.rate FROM invoicing_fee f
            LEFT JOIN (SELECT fee_id, sum(rate) AS rate FROM invoicing_feetax GROUP BY fee_id) t ON t.fee_id = f.id
            WHERE f.taxes_rate <> coalesce(t.rate, 0)
               OR f.taxes_amount_cents <> round({_BASE} * coalesce(t.rate, 0) * 0.01)
            UNION ALL
            SELECT f.id, f.invoice_id, t.amount_cents, t.rate, NULL FROM invoicing_feetax t
            JOIN invoicing_fee f ON f.id = t.fee_id WHERE t.amount_cents <> round({_BASE} * t.rate * 0.01)""",
    ),
)
