"""Usage that was billed when it reached a threshold is billed once in the end."""

from billing_site.core.audit import Invariant

# By subscription and period: what progressive invoices in force have asked for, each less what it took off.
_PROGRESSIVE = """
    SELECT t.subscription_id, t.charges_from_at, min(t.charges_to_at) AS charges_to_at, array_agg(i.id) AS invoices,
        count(*) AS count, sum(i.sub_total_excluding_taxes_amount_cents) AS cents
    FROM invoicing_invoice i JOIN invoicing_invoicesubscription t ON t.invoice_id = i.id
    WHERE i.invoice_type = 'progressive_billing' AND i.status = 'finalized'
    GROUP BY t.subscription_id, t.charges_from_at
"""

INVARIANTS = (
    Invariant(
        "progressive_credits_add_up",
        "What an invoice takes off for usage billed before is what it says, and what is spread over its fees.",
        """SELECT i.id, i.number, i.progressive_billing_credit_amount_cents, coalesce(c.cents, 0) AS by_credits,
                coalesce(f.cents, 0) AS by_fees
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_progressivecredit
                       GROUP BY invoice_id) c ON c.invoice_id = i.id
            LEFT JOIN (SELECT invoice_id, sum(precise_progressive_amount_cents) AS cents FROM invoicing_fee
                       GROUP BY invoice_id) f ON f.invoice_id = i.id
            WHERE i.progressive_billing_credit_amount_cents <> coalesce(c.cents, 0)
               OR i.progressive_billing_credit_amount_cents <> coalesce(f.cents, 0)""",
    ),
    Invariant(
        "no_more_is_taken_off_than_was_billed",
        "For a progressive invoice, later ones take off no more than it billed.",
        """SELECT p.id, p.number, p.fees_amount_cents, p.coupons_amount_cents, sum(c.amount_cents) AS taken_off
            FROM invoicing_progressivecredit c JOIN invoicing_invoice p ON p.id = c.progressive_invoice_id
            JOIN invoicing_invoice i ON i.id = c.invoice_id AND i.status NOT IN ('voided', 'deleted')
            GROUP BY p.id HAVING sum(c.amount_cents) > p.fees_amount_cents - p.coupons_amount_cents""",
    ),
    Invariant(
        "usage_billed_at_thresholds_is_taken_off",
        "Once a period is billed, what progressive invoices billed of it was taken off or given back.",
        f"""SELECT p.subscription_id, p.invoices, p.cents, coalesce(c.cents, 0) AS taken_off,
                coalesce(n.cents, 0) AS given_back
            FROM ({_PROGRESSIVE}) p
            LEFT JOIN LATERAL (
                SELECT sum(c.amount_cents) AS cents FROM invoicing_progressivecredit c
                JOIN invoicing_invoice i ON i.id = c.invoice_id
                WHERE c.progressive_invoice_id = ANY(p.invoices) AND i.status = 'finalized'
                    AND i.invoice_type <> 'progressive_billing'
            ) c ON true
            LEFT JOIN LATERAL (
                SELECT sum(n.sub_total_excluding_taxes_amount_cents) AS cents FROM invoicing_creditnote n
                WHERE n.invoice_id = ANY(p.invoices) AND n.credit_status <> 'voided'
            ) n ON true
            WHERE EXISTS (
                SELECT 1 FROM invoicing_billedperiod b
                JOIN invoicing_invoice i ON i.id = b.invoice_id AND i.status IN ('finalized', 'closed')
                WHERE b.subscription_id = p.subscription_id AND b.kind = 'usage'
                    AND b.starts_at >= p.charges_from_at AND b.starts_at < p.charges_to_at
            ) AND p.cents - coalesce(c.cents, 0) - coalesce(n.cents, 0) > p.count""",
    ),
    Invariant(
        "progressive_credits_stay_with_their_subscription",
        "What is taken off was billed by a progressive invoice of the same customer and one of its subscriptions.",
        """SELECT c.id, c.invoice_id, c.progressive_invoice_id FROM invoicing_progressivecredit c
            JOIN invoicing_invoice i ON i.id = c.invoice_id
            JOIN invoicing_invoice p ON p.id = c.progressive_invoice_id
            WHERE p.invoice_type <> 'progressive_billing' OR p.customer_id <> i.customer_id
               OR p.currency <> i.currency OR NOT EXISTS (
                    SELECT 1 FROM invoicing_invoicesubscription a
                    JOIN invoicing_invoicesubscription b ON b.subscription_id = a.subscription_id
                    WHERE a.invoice_id = i.id AND b.invoice_id = p.id)""",
    ),
    Invariant(
        "progressive_invoices_say_what_was_reached",
        "A progressive invoice bills one subscription and names thresholds that its usage had reached; no other does.",
        """SELECT i.id, i.number, count(DISTINCT t.id) AS subscriptions, count(DISTINCT a.id) AS thresholds
            FROM invoicing_invoice i
            LEFT JOIN invoicing_invoicesubscription t ON t.invoice_id = i.id
            LEFT JOIN invoicing_appliedusagethreshold a ON a.invoice_id = i.id
            WHERE i.invoice_type = 'progressive_billing' OR a.id IS NOT NULL
            GROUP BY i.id
            HAVING i.invoice_type <> 'progressive_billing' OR count(DISTINCT t.id) <> 1 OR count(DISTINCT a.id) = 0
                OR bool_or(a.lifetime_usage_amount_cents < a.amount_cents)""",
    ),
)
