"""What is always true of subscriptions."""

from billing_site.core.audit import Invariant

TRIGGERS = (
    ("plans_charge", "plans_charge_price_kept"),
    ("plans_chargefilter", "plans_chargefilter_price_kept"),
)
INVARIANTS = (
    Invariant(
        "one_active_subscription",
        "No two active subscriptions have the same id.",
        """SELECT external_id, array_agg(id) AS ids FROM plans_subscription WHERE status = 'active'
            GROUP BY external_id HAVING count(*) > 1""",
    ),
    Invariant(
        "subscriptions_say_when",
        "What is active has begun and knows when it is billed next; what has ended says when.",
        """SELECT id, external_id, status, started_at, terminated_at, billing_at FROM plans_subscription
            WHERE (status = 'active' AND (started_at IS NULL OR terminated_at IS NOT NULL OR billing_at IS NULL))
               OR (status = 'terminated' AND (terminated_at IS NULL OR terminated_at < started_at))
               OR (status IN ('pending', 'canceled') AND billing_at IS NOT NULL)""",
    ),
    Invariant(
        "subscriptions_are_on_record",
        "The log tells of each subscription that has begun.",
        """SELECT s.id, s.external_id FROM plans_subscription s WHERE s.status IN ('active', 'terminated')
            AND NOT EXISTS (SELECT 1 FROM core_activity a WHERE a.subject_type = 'plans.subscription'
                            AND a.subject_id = s.id AND a.type = 'subscription.started')""",
    ),
)
