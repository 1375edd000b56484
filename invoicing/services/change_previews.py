"""
What a change of plan or an end would bill and credit: the real services and their reactions, rehearsed and undone.

A change that waits is rehearsed to the moment it takes effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from billing_site.core import rehearsal
from billing_site.core.models import Activity
from invoicing.models import Invoice
from invoicing.selectors.unused import UnusedFee, unused_fee
from invoicing.services import billing
from plans.models import Subscription
from plans.services import plan_changes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """The subscription as it would be then, the invoices of it and of the one before, and what would be credited."""

    at: datetime
    subscription: Subscription
    invoices: list[int]  # primary keys, valid only while it is looked at
    unused: UnusedFee | None


def preview(
    subscription: Subscription,
    act: Callable[[], Subscription],
    look: Callable[[ChangePreview], T],
    *,
    now: datetime,
) -> T:
    """
    Do `act`, bill what it makes due, return what `look` makes of it, and undo all.

    :raises BillingError: whatever `act` raises
    """
    done: list[tuple[datetime, Subscription]] = []

    def rehearsed() -> None:
        changed = act()
        at = changed.change_at or now
        if changed.change_at is not None:
            changed = plan_changes.take_over(changed, now=at)
            billing.bill_due(now=at, customer_id=changed.customer_id)
        done.append((at, changed))

    def seen(activities: list[Activity]) -> T:
        at, changed = done[0]
        keys = [item.subject_id for item in activities if item.subject_type == Invoice._meta.label_lower]
        rows = Invoice.objects.filter(
            pk__in=keys, invoice_subscriptions__subscription__external_id=subscription.external_id
        )
        ended = Subscription.objects.select_related("plan").get(pk=subscription.pk)
        found = ChangePreview(at, changed, sorted(set(rows.values_list("pk", flat=True))), unused_fee(ended))
        return look(found)

    return rehearsal.rehearse(rehearsed, seen, now=now)
