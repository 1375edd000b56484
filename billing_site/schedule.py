"""Every periodic job and the order in which a tick does them. Each is safe to run at any time, twice, or late."""

from collections.abc import Callable, Mapping
from datetime import datetime

from credits.services import coupons
from invoicing.services import billing, finalization
from plans.services import endings, plan_changes, subscriptions

Job = Callable[..., object]

# In this order: what begins and ends first, since it decides what is due.
JOBS: Mapping[str, Job] = {
    "begin subscriptions": subscriptions.begin_due,
    "change plans": plan_changes.change_due,
    "end subscriptions": subscriptions.end_due,
    "tell of coming ends": endings.alert_of_ends,
    "note ended trials": subscriptions.mark_ended_trials,
    "end coupons": coupons.expire_due,
    "bill": billing.bill_due,
    "finalise drafts": finalization.finalize_due,
    "mark overdue": finalization.mark_overdue,
}


def tick(*, now: datetime) -> dict[str, object]:
    """Do all scheduled work that is due, and return what each job says it did."""
    return {name: job(now=now) for name, job in JOBS.items()}
