"""Every periodic job and the order in which a tick does them. Each is safe to run at any time, twice, or late."""

from collections.abc import Callable, Mapping
from datetime import datetime

from billing_site import books
from billing_site.core import idempotency, rate_limits
from billing_site.core.admin import batches
from credits.services import coupons, refills, wallets
from invoicing.services import (
    backtests,
    billing,
    dunning,
    finalization,
    late_usage,
    ongoing_balances,
    progressive_billing,
    unit_changes,
)
from invoicing.services.payments import collecting, inbox, reconciling, refunds
from metering.services import rollups
from plans.services import activation, endings, plan_changes, price_changes, subscriptions
from webhooks.services import alert_watch, api_logs, deliveries

Job = Callable[..., object]


def _roll_up_usage(*, now: datetime) -> int:
    """Roll up what came in, whatever time it is: the worker does so each second, cron's tick where there is none."""
    return rollups.roll()


# In this order: what begins and ends first, since it decides what is due.
JOBS: Mapping[str, Job] = {
    "roll up usage": _roll_up_usage,
    "begin subscriptions": subscriptions.begin_due,
    "plan changes of prices": price_changes.plan_due,
    "change plans": plan_changes.change_due,
    "end subscriptions": subscriptions.end_due,
    "tell of coming ends": endings.alert_of_ends,
    "note ended trials": subscriptions.mark_ended_trials,
    "give up what is not paid": activation.expire_due,
    "end coupons": coupons.expire_due,
    "end wallets": wallets.terminate_due,
    "fill wallets": refills.refill_due,
    "look for late usage": late_usage.look,
    "bill": billing.bill_due,
    "bill changed units": unit_changes.bill_changes,
    "finalise drafts": finalization.finalize_due,
    "bill usage at thresholds": progressive_billing.bill_reached,
    "fetch what providers tell": inbox.fetch_missed,
    "handle what providers tell": inbox.handle_due,
    "compare books with providers": reconciling.compare_due,
    "charge customers": collecting.send_due,
    "refund customers": refunds.send_due,
    "mark overdue": finalization.mark_overdue,
    "remind of what is overdue": dunning.remind_due,
    "expect usage of wallets": ongoing_balances.refresh,
    "try changes of prices": backtests.try_due,
    "look at alerts": alert_watch.look,
    "go on with bulk actions": batches.run_due,
    "seal the books": books.seal,
    "forget old webhooks": deliveries.prune,
    "forget old requests": api_logs.prune,
    "forget old answers": idempotency.prune,
    "forget old counts": rate_limits.prune,
}


def tick(*, now: datetime) -> dict[str, object]:
    """Do all scheduled work that is due, and return what each job says it did."""
    return {name: job(now=now) for name, job in JOBS.items()}
