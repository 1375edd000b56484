"""What is always true of customers."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "customers_are_counted",
        "The counter of customers, the last of their numbers and their count are one and the same.",
        """SELECT c.latest, n.highest, n.customers
            FROM (SELECT max(sequential_id) AS highest, count(DISTINCT sequential_id) AS customers
                  FROM customers_customer) n
            LEFT JOIN core_counter c ON c.series = 'customer'
            WHERE coalesce(c.latest, 0) <> n.customers OR coalesce(n.highest, 0) <> n.customers""",
    ),
    Invariant(
        "one_default_entity",
        "Where there is a billing entity, one is the default.",
        """SELECT count(*) AS entities, count(*) FILTER (WHERE is_default) AS defaults FROM customers_billingentity
            HAVING count(*) > 0 AND count(*) FILTER (WHERE is_default) <> 1""",
    ),
    Invariant(
        "customers_are_unique",
        "No two living customers have the same id.",
        """SELECT external_id, count(*) AS customers FROM customers_customer WHERE deleted_at IS NULL
            GROUP BY external_id HAVING count(*) > 1""",
    ),
)
# Defences that migrations made in SQL: (table, name).
TRIGGERS = (("customers_tax", "customers_tax_kept"),)
