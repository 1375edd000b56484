"""What is given back is never more than there was, and what is left of it is what it has not paid."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "credit_notes_add_up",
        "A credit note's items, less the coupons on them and with taxes, are what it gives back, to a cent.",
        """SELECT n.id, n.number, n.total_amount_cents, n.sub_total_excluding_taxes_amount_cents, i.cents
            FROM invoicing_creditnote n
            LEFT JOIN (SELECT credit_note_id, sum(precise_amount_cents) AS cents FROM invoicing_creditnoteitem
                       GROUP BY credit_note_id) i ON i.credit_note_id = n.id
            WHERE n.total_amount_cents <> n.sub_total_excluding_taxes_amount_cents + n.taxes_amount_cents
               OR n.total_amount_cents <> n.credit_amount_cents + n.refund_amount_cents + n.offset_amount_cents
               OR abs(coalesce(i.cents, 0) - n.precise_coupons_adjustment_amount_cents
                      - n.sub_total_excluding_taxes_amount_cents) > 1""",
    ),
    Invariant(
        "credit_note_balances_are_what_is_not_used",
        "A credit that is not void is what it has paid and what is left; one that is void has nothing left.",
        """SELECT n.id, n.number, n.credit_amount_cents, n.balance_amount_cents, coalesce(u.cents, 0) AS used
            FROM invoicing_creditnote n
            LEFT JOIN (SELECT credit_note_id, sum(amount_cents) AS cents FROM invoicing_creditnoteuse
                       GROUP BY credit_note_id) u ON u.credit_note_id = n.id
            WHERE (n.credit_status <> 'voided'
                    AND n.credit_amount_cents <> n.balance_amount_cents + coalesce(u.cents, 0))
               OR (n.credit_status = 'voided' AND n.balance_amount_cents <> 0)""",
    ),
    Invariant(
        "fees_are_not_credited_beyond_their_amount",
        "What is given back of a fee is no more than the fee.",
        """SELECT f.id, f.amount_cents, i.cents FROM invoicing_fee f
            JOIN (SELECT fee_id, sum(amount_cents) AS cents FROM invoicing_creditnoteitem GROUP BY fee_id) i
                ON i.fee_id = f.id
            WHERE i.cents > f.amount_cents""",
    ),
    Invariant(
        "credit_notes_pay_what_invoices_say",
        "What credit notes took off an invoice is what it says, and what they set off is no more than its total.",
        """SELECT i.id, i.number, i.credit_notes_amount_cents, coalesce(u.cents, 0) AS used, i.offset_amount_cents,
                coalesce(n.cents, 0) AS by_notes
            FROM invoicing_invoice i
            LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM invoicing_creditnoteuse
                       GROUP BY invoice_id) u ON u.invoice_id = i.id
            LEFT JOIN (SELECT invoice_id, sum(offset_amount_cents) AS cents FROM invoicing_creditnote
                       GROUP BY invoice_id) n ON n.invoice_id = i.id
            WHERE i.credit_notes_amount_cents <> coalesce(u.cents, 0)
               OR i.offset_amount_cents <> coalesce(n.cents, 0)""",
    ),
    Invariant(
        "credit_notes_stay_with_their_customer",
        "A credit note, its invoice, its fees and the invoices that it pays are one customer's, in one currency.",
        """SELECT n.id, n.number, 'invoice' AS of FROM invoicing_creditnote n
                JOIN invoicing_invoice i ON i.id = n.invoice_id
                WHERE n.customer_id <> i.customer_id OR n.currency <> i.currency
            UNION ALL SELECT n.id, n.number, 'item' FROM invoicing_creditnoteitem t
                JOIN invoicing_creditnote n ON n.id = t.credit_note_id JOIN invoicing_fee f ON f.id = t.fee_id
                WHERE f.invoice_id <> n.invoice_id
            UNION ALL SELECT n.id, n.number, 'use' FROM invoicing_creditnoteuse u
                JOIN invoicing_creditnote n ON n.id = u.credit_note_id JOIN invoicing_invoice i ON i.id = u.invoice_id
                WHERE n.customer_id <> i.customer_id OR n.currency <> i.currency OR n.invoice_id = i.id""",
    ),
    Invariant(
        "credit_note_numbers_have_no_gaps",
        "The credit notes of an invoice are counted from one.",
        """SELECT invoice_id, max(sequential_id) AS highest, count(*) AS notes FROM invoicing_creditnote
            GROUP BY invoice_id HAVING max(sequential_id) <> count(*)""",
    ),
)
