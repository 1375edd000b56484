"""Invoices are paid by payments, and by no more than these."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "invoices_are_paid_by_payments",
        "What an invoice says is paid is what payments have paid of it.",
        """SELECT i.id, i.number, i.total_paid_amount_cents, coalesce(a.cents, 0) AS by_payments
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_paymentallocation
                       GROUP BY invoice_id) a ON a.invoice_id = i.id
            WHERE i.total_paid_amount_cents <> coalesce(a.cents, 0)""",
    ),
    Invariant(
        "payments_are_allocated_whole",
        "A payment that succeeded has paid invoices, was given back and left over what it was; no other did.",
        """SELECT p.id, p.state, p.amount_cents, p.unapplied_amount_cents, coalesce(a.cents, 0) AS allocated
            FROM invoicing_payment p
            LEFT JOIN (SELECT payment_id, sum(amount_cents) AS cents FROM invoicing_paymentallocation
                       GROUP BY payment_id) a ON a.payment_id = p.id
            LEFT JOIN (SELECT payment_id, sum(amount_cents) AS cents FROM invoicing_refund
                       WHERE credit_note_id IS NULL AND state = 'succeeded' GROUP BY payment_id) r
                ON r.payment_id = p.id
            WHERE coalesce(a.cents, 0) + coalesce(r.cents, 0) <>
                CASE p.state WHEN 'succeeded' THEN p.amount_cents - p.unapplied_amount_cents ELSE 0 END""",
    ),
    Invariant(
        "payments_pay_their_customer_s_invoices",
        "A payment pays invoices of its customer, in its currency.",
        """SELECT a.id, a.payment_id, a.invoice_id FROM invoicing_paymentallocation a
            JOIN invoicing_payment p ON p.id = a.payment_id JOIN invoicing_invoice i ON i.id = a.invoice_id
            WHERE p.customer_id <> i.customer_id OR p.currency <> i.currency""",
    ),
    Invariant(
        "payments_pay_their_request",
        "A payment of a request pays invoices that the request asks for, of its customer and in its currency.",
        """SELECT p.id, p.payment_request_id, a.invoice_id FROM invoicing_payment p
            JOIN invoicing_paymentrequest r ON r.id = p.payment_request_id
            LEFT JOIN invoicing_paymentallocation a ON a.payment_id = p.id
            WHERE (p.customer_id, p.currency) <> (r.customer_id, r.currency)
               OR a.invoice_id IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM invoicing_paymentrequestinvoice i
                    WHERE i.payment_request_id = r.id AND i.invoice_id = a.invoice_id)""",
    ),
    Invariant(
        "payments_have_their_receipt",
        "Each payment of a customer that succeeded has a receipt, and no other payment has one.",
        """SELECT p.id, p.state, r.number FROM invoicing_payment p
            JOIN customers_customer c ON c.id = p.customer_id
            LEFT JOIN invoicing_paymentreceipt r ON r.payment_id = p.id
            WHERE (p.state = 'succeeded' AND r.id IS NULL AND c.account_type <> 'partner'
                   AND p.reference <> 'Noted as paid')
               OR (p.state <> 'succeeded' AND r.id IS NOT NULL)""",
    ),
    Invariant(
        "receipt_numbers_have_no_gaps",
        "The receipts of a customer are numbered from one, without gaps, as its counter says.",
        """SELECT p.customer_id, count(*) AS receipts, max(r.sequential_id) AS latest, max(c.latest) AS counter
            FROM invoicing_paymentreceipt r JOIN invoicing_payment p ON p.id = r.payment_id
            LEFT JOIN core_counter c ON c.series = 'receipt:' || p.customer_id
            GROUP BY p.customer_id
            HAVING count(*) <> max(r.sequential_id) OR count(*) IS DISTINCT FROM max(c.latest)""",
    ),
    Invariant(
        "paid_invoices_say_so",
        "An invoice of which payments and notes leave nothing due is paid, and not overdue.",
        """SELECT id, number, payment_status, payment_overdue FROM invoicing_invoice
            WHERE total_amount_cents = total_paid_amount_cents + offset_amount_cents
              AND total_paid_amount_cents + offset_amount_cents > 0
              AND (payment_status <> 'succeeded' OR payment_overdue)""",
    ),
    Invariant(
        "lost_disputes_are_noted_on_invoices",
        "The invoices that a payment paid which was lost in a dispute say so.",
        """SELECT i.id, i.number, d.provider_dispute_id FROM invoicing_dispute d
            JOIN invoicing_paymentallocation a ON a.payment_id = d.payment_id
            JOIN invoicing_invoice i ON i.id = a.invoice_id
            WHERE d.state = 'lost' AND i.status IN ('finalized', 'voided') AND i.payment_dispute_lost_at IS NULL""",
    ),
    Invariant(
        "disputes_are_of_what_was_paid",
        "A dispute is over a payment that succeeded at the same provider, in its currency, and over no more than it.",
        """SELECT d.id, d.provider_dispute_id FROM invoicing_dispute d JOIN invoicing_payment p ON p.id = d.payment_id
            WHERE (d.provider_id, d.currency) <> (p.provider_id, p.currency) OR d.amount_cents > p.amount_cents""",
    ),
    Invariant(
        "providers_have_booked_the_same",
        "What a provider's book said of our charges and refunds when it was last read is what ours say (I17).",
        """SELECT r.id, r.kind, r.object_id, r.difference FROM invoicing_providerrecord r
            LEFT JOIN invoicing_payment p ON p.id = r.payment_id LEFT JOIN invoicing_refund f ON f.id = r.refund_id
            WHERE r.accepted_at IS NULL AND (r.difference <> ''
               OR (r.kind = 'charge' AND ((r.amount_cents, r.currency) <> (p.amount_cents, p.currency)
                   OR (r.status = 'succeeded' AND p.state <> 'succeeded')))
               OR (r.kind = 'refund' AND r.amount_cents <> f.amount_cents))""",
    ),
)
