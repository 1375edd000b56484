"""Usage that came in late is billed once, for the time in which it was used."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "late_usage_is_counted",
        "Late usage of a time is numbered without gaps, and no more than the last of it is open.",
        """SELECT period_id, count(*) AS rows, max(number) AS last FROM invoicing_lateusage GROUP BY period_id
            HAVING max(number) <> count(*) OR min(number) <> 1
                OR max(number) FILTER (WHERE status IN ('waiting', 'listed')) < max(number)
                OR count(*) FILTER (WHERE status IN ('waiting', 'listed')) > 1""",
    ),
    Invariant(
        "late_usage_is_billed_once",
        "The fees of late usage are on its invoice, add up to what it came to, and are no two of one line.",
        """SELECT l.id, l.invoice_id, l.amount_cents, sum(f.amount_cents) AS billed FROM invoicing_lateusage l
            LEFT JOIN invoicing_fee f ON f.late_usage_id = l.id
            GROUP BY l.id
            HAVING coalesce(sum(f.amount_cents), 0) <> CASE l.status WHEN 'billed'
                    THEN greatest(l.amount_cents - l.committed_amount_cents, 0) ELSE 0 END
                OR count(*) FILTER (WHERE f.invoice_id IS DISTINCT FROM l.invoice_id AND f.id IS NOT NULL) > 0
                OR count(f.id) <> count(DISTINCT (f.charge_id, f.charge_filter_id, f.grouped_by)) FILTER
                    (WHERE f.id IS NOT NULL)
                OR l.amount_cents <> coalesce((SELECT sum((line ->> 'amount_cents')::bigint)
                    FROM jsonb_array_elements(l.lines) AS line), 0)""",
    ),
    Invariant(
        "late_fees_are_of_their_time",
        "A fee of late usage has the subscription and the bounds of the time in which it was used.",
        """SELECT f.id, f.late_usage_id FROM invoicing_fee f
            JOIN invoicing_lateusage l ON l.id = f.late_usage_id
            JOIN invoicing_billedperiod p ON p.id = l.period_id
            WHERE (f.subscription_id, f.customer_id) IS DISTINCT FROM (p.subscription_id, l.customer_id)
                OR (f.from_at, f.to_at) IS DISTINCT FROM (p.starts_at, p.ends_at)""",
    ),
)
