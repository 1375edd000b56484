"""
Figures by month and currency, read from what was invoiced, one statement each (table 1.22).

Months are those of issuing dates. Only final invoices count, and none that are a partner's own. Amounts are minor
units; what is spread over months is rounded half up at the end.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import connection

Rows = list[dict[str, Any]]
DAYS_OF_A_MONTH, WEEKS_OF_A_MONTH = "30.44", "4.33"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: months from `first` up to and including that of `last`; None stands for all."""

    first: date
    last: date
    currency: str | None = None
    external_customer_id: str | None = None
    billing_entity_id: int | None = None


_SCOPE = """
    AND ({row}.currency = %(currency)s OR %(currency)s::text IS NULL)
    AND (%(external_customer_id)s::text IS NULL OR {row}.customer_id IN
         (SELECT id FROM customers_customer WHERE external_id = %(external_customer_id)s))
    AND (%(billing_entity_id)s::bigint IS NULL OR {entity} = %(billing_entity_id)s)
"""
_OF_INVOICES = _SCOPE.format(row="i", entity="i.billing_entity_id")
_FINAL = f"i.status = 'finalized' AND NOT i.self_billed {_OF_INVOICES}"
_MONTH = "date_trunc('month', i.issuing_date)::date"
_SHOWN = "month >= date_trunc('month', %(first)s::date) AND month <= %(last)s::date"

# Fees that stand alone were paid for at once, without an invoice.
GROSS_REVENUE = f"""
    WITH parts AS (
        SELECT {_MONTH} AS month, i.currency, 1 AS invoices,
            i.total_amount_cents - coalesce((SELECT sum(n.refund_amount_cents) FROM invoicing_creditnote n
                                             WHERE n.invoice_id = i.id), 0) AS cents
        FROM invoicing_invoice i WHERE {_FINAL} AND i.payment_dispute_lost_at IS NULL
        UNION ALL
        SELECT date_trunc('month', f.created_at AT TIME ZONE 'UTC')::date, f.currency, 0, f.amount_cents
        FROM invoicing_fee f JOIN customers_customer c ON c.id = f.customer_id
        WHERE f.invoice_id IS NULL AND f.pay_in_advance AND f.deleted_at IS NULL AND c.account_type <> 'partner'
            {_SCOPE.format(row="f", entity="c.billing_entity_id")}
    )
    SELECT month, currency, sum(cents)::bigint AS amount_cents, sum(invoices)::bigint AS invoices_count
    FROM parts WHERE {_SHOWN} GROUP BY month, currency ORDER BY month, currency
"""

INVOICE_COLLECTION = f"""
    SELECT month, currency, payment_status, sum(cents)::bigint AS amount_cents, count(*) AS invoices_count
    FROM (SELECT {_MONTH} AS month, i.currency, i.payment_status, i.total_amount_cents AS cents
          FROM invoicing_invoice i WHERE {_FINAL} AND i.payment_dispute_lost_at IS NULL) parts
    WHERE {_SHOWN} GROUP BY month, currency, payment_status ORDER BY month, currency, payment_status
"""

INVOICED_USAGE = f"""
    SELECT month, currency, code, sum(cents)::bigint AS amount_cents
    FROM (SELECT {_MONTH} AS month, f.currency, f.item_code AS code, f.amount_cents AS cents
          FROM invoicing_fee f JOIN invoicing_invoice i ON i.id = f.invoice_id
          WHERE f.fee_type = 'charge' AND f.deleted_at IS NULL AND {_FINAL}) parts
    WHERE {_SHOWN} GROUP BY month, currency, code ORDER BY month, currency, code
"""

OVERDUE_BALANCE = f"""
    SELECT month, currency, sum(cents)::bigint AS amount_cents, array_agg(lago_id ORDER BY id) AS lago_invoice_ids
    FROM (SELECT date_trunc('month', i.payment_due_date)::date AS month, i.currency, i.id, i.lago_id,
              i.total_amount_cents - i.total_paid_amount_cents - i.offset_amount_cents AS cents
          FROM invoicing_invoice i WHERE {_FINAL} AND i.payment_overdue AND i.payment_dispute_lost_at IS NULL) parts
    WHERE {_SHOWN} GROUP BY month, currency ORDER BY month, currency
"""

# What a plan brings in a month: monthly fees in their month, weekly ones by their average, longer ones spread evenly
# over the months that they are for. Net of coupons, with taxes.
_RECURRING = f"""
    WITH fees AS (
        SELECT f.customer_id, f.subscription_id, f.currency, p.interval, {_MONTH} AS month,
            date_trunc('month', f.from_at AT TIME ZONE i.timezone)::date AS first,
            greatest(1, round(extract(epoch FROM f.to_at - f.from_at) / 86400 / {DAYS_OF_A_MONTH}))::int AS months,
            f.amount_cents - f.precise_coupons_amount_cents + f.taxes_precise_amount_cents AS cents
        FROM invoicing_fee f JOIN invoicing_invoice i ON i.id = f.invoice_id
        JOIN plans_subscription s ON s.id = f.subscription_id JOIN plans_plan p ON p.id = s.plan_id
        WHERE f.fee_type = 'subscription' AND f.deleted_at IS NULL AND {_FINAL}
    ), parts AS (
        SELECT customer_id, currency, month, cents FROM fees WHERE interval = 'monthly'
        UNION ALL
        SELECT customer_id, currency, month, avg(cents) * {WEEKS_OF_A_MONTH} FROM fees WHERE interval = 'weekly'
        GROUP BY customer_id, currency, month, subscription_id
        UNION ALL
        SELECT customer_id, currency, (first + n * interval '1 month')::date, cents / months
        FROM fees, generate_series(0, months - 1) n WHERE interval NOT IN ('weekly', 'monthly')
    ), customers AS (
        SELECT customer_id, currency, month, sum(cents) AS cents FROM parts GROUP BY customer_id, currency, month
    )
"""
# One whom a plan paid in arrears has not billed yet has not left.
MRR = f"""
    {_RECURRING}, moves AS (
        SELECT coalesce(a.customer_id, b.customer_id) AS customer_id, coalesce(a.currency, b.currency) AS currency,
            coalesce(a.month, (b.month + interval '1 month')::date) AS month,
            coalesce(a.cents, 0) AS now, coalesce(b.cents, 0) AS before
        FROM customers a FULL JOIN customers b ON b.customer_id = a.customer_id AND b.currency = a.currency
            AND a.month = (b.month + interval '1 month')::date
    ), told AS (
        SELECT *, EXISTS (SELECT 1 FROM plans_subscription s WHERE s.customer_id = moves.customer_id
                              AND s.started_at < moves.month + interval '1 month'
                              AND (s.terminated_at IS NULL OR s.terminated_at >= moves.month + interval '1 month')
                         ) AS goes_on
        FROM moves WHERE {_SHOWN}
    )
    SELECT month, currency, round(sum(now))::bigint AS amount_cents,
        round(coalesce(sum(now) FILTER (WHERE before = 0), 0))::bigint AS new_cents,
        round(coalesce(sum(now - before) FILTER (WHERE before > 0 AND now > before), 0))::bigint AS expansion_cents,
        round(coalesce(sum(before - now) FILTER (WHERE now > 0 AND before > now), 0))::bigint AS contraction_cents,
        round(coalesce(sum(before) FILTER (WHERE now = 0 AND NOT goes_on), 0))::bigint AS churn_cents
    FROM told GROUP BY month, currency HAVING sum(now) > 0 OR NOT bool_and(goes_on) ORDER BY month, currency
"""

# Usage that was billed, by the day, week or month in which the time that a fee is for ends.
USAGE = f"""
    SELECT start, currency, item_code AS code, sum(units) AS units, sum(amount_cents)::bigint AS amount_cents,
        bool_and(is_deleted) AS is_deleted
    FROM (SELECT date_trunc(%(granularity)s, (f.to_at - interval '1 microsecond') AT TIME ZONE 'UTC')::date AS start,
              f.currency, f.item_code, f.units, f.amount_cents, m.deleted_at IS NOT NULL AS is_deleted
          FROM invoicing_fee f
          LEFT JOIN invoicing_invoice i ON i.id = f.invoice_id
          JOIN customers_customer c ON c.id = f.customer_id
          JOIN plans_charge h ON h.id = f.charge_id JOIN metering_billablemetric m ON m.id = h.billable_metric_id
          JOIN plans_subscription s ON s.id = f.subscription_id JOIN plans_plan p ON p.id = s.plan_id
          WHERE f.fee_type = 'charge' AND f.deleted_at IS NULL AND coalesce(i.status, 'finalized') = 'finalized'
              AND f.to_at IS NOT NULL
              {_SCOPE.format(row="f", entity="coalesce(i.billing_entity_id, c.billing_entity_id)")}
              AND (%(customer_type)s::text IS NULL OR c.customer_type = %(customer_type)s)
              AND (%(customer_country)s::text IS NULL OR c.country = %(customer_country)s)
              AND (%(external_subscription_id)s::text IS NULL OR s.external_id = %(external_subscription_id)s)
              AND (%(plan_code)s::text IS NULL OR p.code = %(plan_code)s)
              AND (%(billable_metric_code)s::text IS NULL OR m.code = %(billable_metric_code)s)
              AND (%(is_recurring)s::bool IS NULL OR m.recurring = %(is_recurring)s)) parts
    WHERE start >= date_trunc(%(granularity)s, %(first)s::date) AND start <= %(last)s::date
    GROUP BY start, currency, item_code ORDER BY start, currency, item_code
"""
USAGE_FILTERS = (
    "customer_type", "customer_country", "external_subscription_id", "plan_code", "billable_metric_code",
    "is_recurring",
)  # fmt: skip


def read(statement: str, scope: Scope, **more: Any) -> Rows:
    """Return the rows of one of the statements above."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asdict(scope), **more})
        names: Sequence[str] = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def usage(scope: Scope, granularity: str, **filters: Any) -> Rows:
    """Return billed usage by `day`, `week` or `month`, under those of `USAGE_FILTERS` that are given."""
    return read(USAGE, scope, granularity=granularity, **{name: filters.get(name) for name in USAGE_FILTERS})
