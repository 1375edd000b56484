"""What happened to invoices is on record, and nothing stands half done."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "final_invoices_are_on_record",
        "The log tells of each final invoice once, under its number and customer, at the moment it says.",
        """SELECT i.id, i.number, count(a.id) AS entries FROM invoicing_invoice i
            LEFT JOIN core_activity a ON a.subject_type = 'invoicing.invoice' AND a.subject_id = i.id
                AND a.type = 'invoice.finalized' AND a.customer_id = i.customer_id
                AND a.subject_label = i.number AND a.occurred_at = i.finalized_at
            WHERE i.status IN ('finalized', 'voided') AND i.invoice_type = 'subscription'
            GROUP BY i.id, i.number HAVING count(a.id) <> 1""",
    ),
    Invariant(
        "records_have_their_invoice",
        "What the log tells of an invoice is told of one that is there.",
        """SELECT a.id, a.type, a.subject_id FROM core_activity a
            WHERE a.subject_type = 'invoicing.invoice' AND a.type IN ('invoice.finalized', 'invoice.drafted')
              AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = a.subject_id)""",
    ),
    Invariant(
        "drafts_become_final",
        "A draft does not wait longer than two days after its time.",
        """SELECT id, customer_id, expected_finalization_date FROM invoicing_invoice
            WHERE status = 'draft' AND expected_finalization_date < (%(now)s - interval '2 days')::date""",
    ),
    Invariant(
        "documents_have_one_current_version",
        "The versions of an invoice's document count from one, and its files differ.",
        """SELECT invoice_id, count(*) AS versions, max(version) AS latest FROM invoicing_invoicedocument
            GROUP BY invoice_id HAVING count(DISTINCT version) <> max(version) OR count(DISTINCT path) <> count(*)""",
    ),
)
