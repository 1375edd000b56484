"""Time is billed once, and none is left out."""

from billing_site.core.audit import Invariant

_NEIGHBOURS = """
    SELECT *, lag(ends_at) OVER chain AS end_before, lag(id) OVER chain AS id_before,
        count(*) OVER (PARTITION BY subscription_id, kind, previous_end) AS successors
    FROM invoicing_billedperiod WINDOW chain AS (PARTITION BY subscription_id, kind ORDER BY starts_at, ends_at)
"""

INVARIANTS = (
    Invariant(
        "periods_do_not_overlap",
        "No time of a subscription is billed twice for the same kind.",
        f"SELECT id, id_before, subscription_id, kind, starts_at, ends_at FROM ({_NEIGHBOURS}) AS p"
        " WHERE starts_at < end_before OR ends_at <= starts_at",
    ),
    Invariant(
        "periods_form_a_chain",
        "Each billed period names the end of the one before it, and no two name the same.",
        f"SELECT id, subscription_id, kind, previous_end, end_before FROM ({_NEIGHBOURS}) AS p"
        " WHERE previous_end IS DISTINCT FROM end_before OR successors > 1",
    ),
    Invariant(
        "usage_is_billed_without_holes",
        "Usage of a subscription is billed from period to period; only time that is never billable may lie between.",
        f"""SELECT p.id, p.subscription_id, p.end_before, p.starts_at FROM ({_NEIGHBOURS}) AS p
            JOIN plans_subscription s ON s.id = p.subscription_id
            WHERE p.kind = 'usage' AND p.starts_at > p.end_before AND p.starts_at IS DISTINCT FROM s.billable_from""",
    ),
    Invariant(
        "periods_are_on_their_invoice",
        "A billed period's invoice names its subscription.",
        """SELECT p.id, p.invoice_id, p.subscription_id FROM invoicing_billedperiod p
            WHERE NOT EXISTS (SELECT 1 FROM invoicing_invoicesubscription s
                              WHERE s.invoice_id = p.invoice_id AND s.subscription_id = p.subscription_id)""",
    ),
    Invariant(
        "usage_is_charged_once",
        "No two invoices in force charge the same usage.",
        """SELECT a.id, b.id AS other_id, a.invoice_id, b.invoice_id AS other_invoice_id
            FROM invoicing_fee a
            JOIN invoicing_fee b ON b.subscription_id = a.subscription_id AND b.charge_id = a.charge_id
                AND b.invoice_id > a.invoice_id AND b.from_at < a.to_at AND a.from_at < b.to_at
                AND b.grouped_by = a.grouped_by AND b.pay_in_advance = a.pay_in_advance
            JOIN invoicing_invoice i ON i.id = a.invoice_id AND i.status <> 'voided'
                AND i.invoice_type = 'subscription'
            JOIN invoicing_invoice j ON j.id = b.invoice_id AND j.status <> 'voided'
                AND j.invoice_type = 'subscription'
            WHERE a.fee_type = 'charge' AND b.fee_type = 'charge' AND NOT a.pay_in_advance
                AND a.late_usage_id IS NULL AND b.late_usage_id IS NULL""",
    ),
    Invariant(
        "invoices_are_made_once",
        "No act makes two invoices.",
        "SELECT operation_key, array_agg(id) AS ids FROM invoicing_invoice GROUP BY operation_key HAVING count(*) > 1",
    ),
    Invariant(
        "nothing_waits_to_be_billed",
        "What is due is billed within a day, unless its customer is parked.",
        """SELECT s.id, s.customer_id, s.billing_at FROM plans_subscription s
            WHERE s.billing_at < %(now)s - interval '1 day'
              AND NOT EXISTS (SELECT 1 FROM invoicing_parkedcustomer p WHERE p.customer_id = s.customer_id)""",
    ),
)
