"""
What a subscription has used over its life: what the seller said was used before, what was billed of the periods that
have ended, and the usage of the running one.

A life goes on with what follows under the same external id and anchor: another plan, or a subscription made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from billing_site.core import arrays
from billing_site.core.periods import Period
from plans.models import Subscription
from plans.selectors import running_usage
from plans.selectors.rating import RatedUsage, rate


@dataclass(frozen=True, slots=True)
class LifetimeUsage:
    """The usage of a subscription's life in minor units; `period` is the running one, None once it has ended."""

    subscription: Subscription
    period: Period | None
    invoiced_cents: int
    rated: list[RatedUsage] = field(default_factory=list)

    @property
    def historical_cents(self) -> int:
        """Return what was used before it was billed here."""
        return self.subscription.historical_usage_amount_cents

    @property
    def current_cents(self) -> int:
        """Return what the running period has come to, what is paid at once included."""
        return sum(item.amount_cents for item in self.rated)

    @property
    def total_cents(self) -> int:
        """Return what has been used in all."""
        return self.historical_cents + self.invoiced_cents + self.current_cents


def lifetime_usages(subscriptions: Sequence[Subscription], *, now: datetime) -> list[LifetimeUsage]:
    """
    Return the usage of each subscription's life, in their order.

    Their customers, entities and plans are read; the number of queries does not depend on how many they are.
    """
    running = [item for item in subscriptions if item.status == Subscription.Status.ACTIVE]
    requests = running_usage.requests(running, now=now)
    rated = dict(zip((item.pk for item in running), rate(requests), strict=True))
    periods = {request.subscription.pk: request.period for request in requests}
    invoiced = _invoiced_cents(subscriptions, periods)
    return [
        LifetimeUsage(item, periods.get(item.pk), invoiced.get(item.pk, 0), rated.get(item.pk, []))
        for item in subscriptions
    ]


# Usage on invoices in force, or that stands alone; a line that lifts a charge to its minimum is no usage. What was
# billed at once of the running period is part of that.
_INVOICED = """
    SELECT s.id, sum(f.amount_cents)::bigint
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked(id, running_since)
    JOIN plans_subscription s ON s.id = asked.id
    JOIN plans_subscription life ON life.external_id = s.external_id AND life.customer_id = s.customer_id
        AND life.subscription_at = s.subscription_at
    JOIN invoicing_fee f ON f.subscription_id = life.id AND f.fee_type = 'charge' AND f.deleted_at IS NULL
        AND f.true_up_parent_id IS NULL
    LEFT JOIN invoicing_invoice i ON i.id = f.invoice_id
    WHERE (i.id IS NULL OR i.status IN ('draft', 'finalized') AND i.invoice_type <> 'progressive_billing')
        AND (life.id <> s.id OR asked.running_since IS NULL OR f.to_at <= asked.running_since)
    GROUP BY s.id
"""


def _invoiced_cents(subscriptions: Sequence[Subscription], periods: dict[int, Period]) -> dict[int, int]:
    if not subscriptions:
        return {}
    since = [periods[item.pk].start if item.pk in periods else None for item in subscriptions]
    with connection.cursor() as cursor:
        cursor.execute(_INVOICED, [arrays.literal([item.pk for item in subscriptions]), since])
        return dict(cursor.fetchall())
