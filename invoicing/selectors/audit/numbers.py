"""
Numbers have no gaps: proved over the counters, since printed numbers may be formed anew.

Every final invoice takes one of its customer's series, and one of its billing entity's unless it is a partner's own.
"""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "entity_numbers_have_no_gaps",
        "A billing entity's counter, its last number and the count of what it issued are one and the same.",
        """SELECT e.id AS billing_entity_id, c.latest, i.highest, i.invoices FROM customers_billingentity e
            LEFT JOIN core_counter c ON c.series = 'invoice:' || e.id
            LEFT JOIN (SELECT billing_entity_id, max(entity_sequential_id) AS highest,
                              count(DISTINCT entity_sequential_id) AS invoices
                       FROM invoicing_invoice WHERE status IN ('finalized', 'voided') GROUP BY billing_entity_id) i
                ON i.billing_entity_id = e.id
            WHERE coalesce(c.latest, 0) <> coalesce(i.invoices, 0)
               OR coalesce(i.highest, 0) <> coalesce(i.invoices, 0)""",
    ),
    Invariant(
        "customer_numbers_have_no_gaps",
        "A customer's counter, its last number and the count of the invoices numbered from it are one and the same.",
        """SELECT coalesce(c.series, i.series) AS series, c.latest, i.highest, i.invoices
            FROM (SELECT * FROM core_counter WHERE series LIKE 'invoice:%%:%%') c
            FULL JOIN (SELECT series, max(sequential_id) AS highest, count(DISTINCT sequential_id) AS invoices
                       FROM invoicing_invoice WHERE series LIKE 'invoice:%%:%%' GROUP BY series) i
                ON i.series = c.series
            WHERE coalesce(c.latest, 0) <> coalesce(i.invoices, 0)
               OR coalesce(i.highest, 0) <> coalesce(i.invoices, 0)""",
    ),
    Invariant(
        "final_invoices_are_numbered",
        "Final invoices have their numbers and the moment of it, others have none, and no two have the same.",
        """SELECT id, status, number, sequential_id, entity_sequential_id, finalized_at FROM invoicing_invoice
            WHERE CASE WHEN status IN ('finalized', 'voided')
                THEN number = '' OR series = '' OR sequential_id IS NULL OR finalized_at IS NULL
                    OR (entity_sequential_id IS NULL) <> self_billed
                ELSE number <> '' OR sequential_id IS NOT NULL OR entity_sequential_id IS NOT NULL END
            UNION ALL
            SELECT min(id), NULL, number, NULL, NULL, NULL FROM invoicing_invoice WHERE number <> ''
            GROUP BY billing_entity_id, number HAVING count(*) > 1""",
    ),
)
