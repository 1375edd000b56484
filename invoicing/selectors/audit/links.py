"""What belongs together says so on both sides."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "no_line_is_an_orphan",
        "Every row points to a row that is there.",
        """SELECT 'invoicing_fee' AS tab, f.id FROM invoicing_fee f WHERE f.invoice_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = f.invoice_id)
            UNION ALL SELECT 'invoicing_fee', f.id FROM invoicing_fee f
                WHERE NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = f.customer_id)
            UNION ALL SELECT 'invoicing_feetax', t.id FROM invoicing_feetax t
                WHERE NOT EXISTS (SELECT 1 FROM invoicing_fee f WHERE f.id = t.fee_id)
                   OR t.tax_id NOT IN (SELECT id FROM customers_tax)
            UNION ALL SELECT 'invoicing_invoicetax', t.id FROM invoicing_invoicetax t
                WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = t.invoice_id)
                   OR t.tax_id NOT IN (SELECT id FROM customers_tax)
            UNION ALL SELECT 'invoicing_invoicecredit', t.id FROM invoicing_invoicecredit t
                WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = t.invoice_id)
            UNION ALL SELECT 'invoicing_invoicesubscription', t.id FROM invoicing_invoicesubscription t
                WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = t.invoice_id)
                   OR NOT EXISTS (SELECT 1 FROM plans_subscription s WHERE s.id = t.subscription_id)
            UNION ALL SELECT 'invoicing_billedperiod', t.id FROM invoicing_billedperiod t
                WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = t.invoice_id)
                   OR NOT EXISTS (SELECT 1 FROM plans_subscription s WHERE s.id = t.subscription_id)
            UNION ALL SELECT 'invoicing_invoice', i.id FROM invoicing_invoice i
                WHERE NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.id = i.customer_id)
                   OR NOT EXISTS (SELECT 1 FROM customers_billingentity e WHERE e.id = i.billing_entity_id)""",
    ),
    Invariant(
        "invoices_stay_with_their_customer",
        "An invoice, its fees, its subscriptions and its periods are one customer's.",
        """SELECT i.id AS invoice_id, 'fee' AS of, f.id FROM invoicing_fee f JOIN invoicing_invoice i
                ON i.id = f.invoice_id WHERE f.customer_id <> i.customer_id
            UNION ALL SELECT f.invoice_id, 'subscription of fee', f.id FROM invoicing_fee f JOIN plans_subscription s
                ON s.id = f.subscription_id WHERE s.customer_id <> f.customer_id
            UNION ALL SELECT i.id, 'subscription', t.id FROM invoicing_invoicesubscription t
                JOIN invoicing_invoice i ON i.id = t.invoice_id JOIN plans_subscription s ON s.id = t.subscription_id
                WHERE s.customer_id <> i.customer_id
            UNION ALL SELECT i.id, 'period', t.id FROM invoicing_billedperiod t
                JOIN invoicing_invoice i ON i.id = t.invoice_id JOIN plans_subscription s ON s.id = t.subscription_id
                WHERE s.customer_id <> i.customer_id""",
    ),
    Invariant(
        "subscription_invoices_say_what_they_bill",
        "A final invoice for subscriptions names at least one of them.",
        """SELECT i.id, i.number FROM invoicing_invoice i
            WHERE i.invoice_type = 'subscription' AND i.status = 'finalized'
              AND NOT EXISTS (SELECT 1 FROM invoicing_invoicesubscription s WHERE s.invoice_id = i.id)""",
    ),
)
