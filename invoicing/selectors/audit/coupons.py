"""What coupons took is what is gone from them."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "coupons_add_up",
        "What coupons took off an invoice is what it says, and what is spread over its fees.",
        """SELECT i.id, i.number, i.coupons_amount_cents, coalesce(c.cents, 0) AS by_coupons,
                coalesce(f.cents, 0) AS by_fees
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_invoicecredit GROUP BY invoice_id) c
                ON c.invoice_id = i.id
            LEFT JOIN (SELECT invoice_id, sum(precise_coupons_amount_cents - precise_progressive_amount_cents) AS cents
                       FROM invoicing_fee
                       GROUP BY invoice_id) f ON f.invoice_id = i.id
            WHERE i.coupons_amount_cents <> coalesce(c.cents, 0) OR i.coupons_amount_cents <> coalesce(f.cents, 0)""",
    ),
    Invariant(
        "coupons_are_not_overdrawn",
        "Of an amount given once, what was taken and what is left make the whole.",
        """SELECT a.id, a.amount_cents, a.remaining_cents, coalesce(c.cents, 0) AS taken FROM credits_appliedcoupon a
            LEFT JOIN (SELECT t.applied_coupon_id, sum(t.amount_cents) AS cents FROM invoicing_invoicecredit t
                       JOIN invoicing_invoice i ON i.id = t.invoice_id AND i.status <> 'voided'
                       GROUP BY t.applied_coupon_id) c ON c.applied_coupon_id = a.id
            WHERE a.remaining_cents IS NOT NULL AND a.remaining_cents + coalesce(c.cents, 0) <> a.amount_cents""",
    ),
    Invariant(
        "coupons_are_used_as_often_as_given",
        "A coupon for a number of invoices was used on those that are no longer left; one used up is at its end.",
        """SELECT a.id, a.frequency, a.frequency_duration, a.frequency_duration_remaining, coalesce(c.uses, 0) AS uses
            FROM credits_appliedcoupon a
            LEFT JOIN (SELECT t.applied_coupon_id, count(*) AS uses FROM invoicing_invoicecredit t
                       JOIN invoicing_invoice i ON i.id = t.invoice_id AND i.status <> 'voided'
                       GROUP BY t.applied_coupon_id) c ON c.applied_coupon_id = a.id
            WHERE a.frequency = 'recurring'
                    AND a.frequency_duration_remaining + coalesce(c.uses, 0) <> a.frequency_duration
               OR a.status = 'active' AND (a.frequency_duration_remaining = 0 OR a.remaining_cents = 0)""",
    ),
    Invariant(
        "coupons_stay_with_their_customer",
        "A coupon takes off invoices of its own customer, in its own currency, and once each.",
        """SELECT c.id, c.invoice_id, c.applied_coupon_id FROM invoicing_invoicecredit c
            JOIN invoicing_invoice i ON i.id = c.invoice_id
            LEFT JOIN credits_appliedcoupon a ON a.id = c.applied_coupon_id
            WHERE a.customer_id IS DISTINCT FROM i.customer_id
               OR (a.percentage_rate IS NULL AND a.amount_currency <> i.currency)
            UNION ALL
            SELECT min(id), invoice_id, applied_coupon_id FROM invoicing_invoicecredit
            GROUP BY invoice_id, applied_coupon_id HAVING count(*) > 1""",
    ),
)
