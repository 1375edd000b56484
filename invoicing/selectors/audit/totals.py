"""Invoices add up."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "fees_add_up",
        "An invoice's fees add up to what it says they do.",
        """SELECT i.id, i.number, i.fees_amount_cents, coalesce(f.cents, 0) AS found
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_fee GROUP BY invoice_id) f
                ON f.invoice_id = i.id
            WHERE i.fees_amount_cents <> coalesce(f.cents, 0)""",
    ),
    Invariant(
        "totals_add_up",
        "An invoice's sums follow from one another, and none is negative.",
        """SELECT id, number, fees_amount_cents, sub_total_excluding_taxes_amount_cents, taxes_amount_cents,
                sub_total_including_taxes_amount_cents, total_amount_cents
            FROM invoicing_invoice
            WHERE sub_total_excluding_taxes_amount_cents
                    <> fees_amount_cents - progressive_billing_credit_amount_cents - coupons_amount_cents
               OR sub_total_including_taxes_amount_cents
                    <> sub_total_excluding_taxes_amount_cents + taxes_amount_cents
               OR total_amount_cents <> sub_total_including_taxes_amount_cents - credit_notes_amount_cents
                    - prepaid_credit_amount_cents
               OR least(fees_amount_cents, progressive_billing_credit_amount_cents, coupons_amount_cents,
                    sub_total_excluding_taxes_amount_cents, taxes_amount_cents, credit_notes_amount_cents,
                    prepaid_credit_amount_cents, total_amount_cents, total_paid_amount_cents) < 0""",
    ),
    Invariant(
        "nobody_pays_too_much",
        "No more is paid of an invoice than it asks for; one over nothing is paid.",
        """SELECT id, number, total_amount_cents, total_paid_amount_cents, payment_status FROM invoicing_invoice
            WHERE total_paid_amount_cents > total_amount_cents
               OR (status = 'finalized' AND total_amount_cents = 0 AND payment_status <> 'succeeded')""",
    ),
    Invariant(
        "fees_are_rounded_once",
        "A fee's cents are its precise amount, rounded to the nearest.",
        """SELECT id, invoice_id, amount_cents, precise_amount_cents FROM invoicing_fee
            WHERE abs(amount_cents - precise_amount_cents) > 0.500000000001""",
    ),
    Invariant(
        "one_currency",
        "An invoice, its fees and the plans that it bills are in one currency.",
        """SELECT f.invoice_id, f.id AS fee_id, i.currency, f.currency AS other FROM invoicing_fee f
            JOIN invoicing_invoice i ON i.id = f.invoice_id WHERE f.currency <> i.currency
            UNION ALL
            SELECT s.invoice_id, NULL, i.currency, p.amount_currency FROM invoicing_invoicesubscription s
            JOIN invoicing_invoice i ON i.id = s.invoice_id
            JOIN plans_subscription b ON b.id = s.subscription_id JOIN plans_plan p ON p.id = b.plan_id
            WHERE p.amount_currency <> i.currency""",
    ),
)
