"""What alerts watch, read for many at once: the same current usage and balances that the API shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from credits.models import Wallet
from invoicing.selectors import due, lifetime_usage
from plans.calculations.schedules import Kind, running_usage
from plans.models import Charge, Subscription
from plans.selectors import charges as priced
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.schedules import schedule_of
from webhooks.models import Alert


@dataclass(frozen=True, slots=True)
class Seen:
    """What an alert watches as it is now, whose it is, and since when usage is counted."""

    value: Decimal
    customer_id: int
    subscription_id: int | None = None
    period_from: datetime | None = None


def read(alerts: Sequence[Alert], *, now: datetime) -> dict[int, Seen]:
    """Return by alert what it watches; nothing for what is not active (any more)."""
    lives = [row for row in alerts if row.alert_type == Alert.Type.LIFETIME]
    running = [row for row in alerts if row.grows and row.alert_type != Alert.Type.LIFETIME]
    return {**_usage(running, now), **_lifetime(lives, now), **_balances([row for row in alerts if not row.grows])}


def balance(alert_type: str, wallet: Wallet) -> Decimal:
    """Return the value of a wallet that alerts of a type watch: minor units or credits."""
    return {
        Alert.Type.BALANCE: Decimal(wallet.balance_cents),
        Alert.Type.CREDITS: wallet.credits_balance,
        Alert.Type.ONGOING_BALANCE: Decimal(wallet.ongoing_balance_cents),
        Alert.Type.ONGOING_CREDITS: wallet.credits_balance - wallet.credits_ongoing_usage,
    }[Alert.Type(alert_type)]


def _balances(alerts: Iterable[Alert]) -> dict[int, Seen]:
    wallets = Wallet.objects.filter(status=Wallet.Status.ACTIVE).in_bulk({row.wallet_id for row in alerts})
    return {
        row.pk: Seen(balance(row.alert_type, wallets[row.wallet_id]), wallets[row.wallet_id].customer_id)
        for row in alerts
        if row.wallet_id in wallets
    }


def _lifetime(alerts: Sequence[Alert], now: datetime) -> dict[int, Seen]:
    """Return the usage since the start, which no period makes begin anew."""
    watched, subscriptions = _watched(alerts)
    return {
        alert.pk: Seen(Decimal(usage.total_cents), usage.subscription.customer_id, usage.subscription.pk)
        for usage in lifetime_usage.lifetime_usages(subscriptions, now=now)
        for alert in watched[usage.subscription.external_id]
    }


def _watched(alerts: Iterable[Alert]) -> tuple[dict[str, list[Alert]], list[Subscription]]:
    """Return the alerts by external id, and the active subscriptions that have these, with all that rating reads."""
    watched: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        watched[alert.external_subscription_id].append(alert)
    active = Subscription.objects.filter(external_id__in=list(watched), status=Subscription.Status.ACTIVE)
    subscriptions = list(active.order_by("pk"))
    due.attach(subscriptions)
    return watched, subscriptions


def _usage(alerts: Sequence[Alert], now: datetime) -> dict[int, Seen]:
    watched, subscriptions = _watched(alerts)
    charges = _charges(subscriptions)
    requests = [_request(item, watched[item.external_id], charges, now) for item in subscriptions]
    found: dict[int, Seen] = {}
    for request, rated in zip(requests, rate(requests), strict=True):
        subscription = request.subscription
        for alert in watched[subscription.external_id]:
            value = _value(alert, rated)
            found[alert.pk] = Seen(value, subscription.customer_id, subscription.pk, request.period.start)
    return found


def _charges(subscriptions: Iterable[Subscription]) -> Mapping[int, list[Charge]]:
    charges: dict[int, list[Charge]] = defaultdict(list)
    live: QuerySet[Charge] = Charge.objects.live().filter(plan_id__in={item.plan_id for item in subscriptions})
    for charge in priced.with_prices(live):
        charges[charge.plan_id].append(charge)
    return charges


def _request(
    subscription: Subscription, alerts: Iterable[Alert], charges: Mapping[int, list[Charge]], now: datetime
) -> RatingRequest:
    """Return what is to be rated: all charges if some alert watches the whole usage, else those of its metrics."""
    mine = charges.get(subscription.plan_id, [])
    metrics = {alert.billable_metric_id for alert in alerts}
    wanted = mine if None in metrics else [charge for charge in mine if charge.billable_metric_id in metrics]
    schedule = schedule_of(subscription)
    period, full = running_usage(schedule, now), schedule.period(now, Kind.USAGE)
    return RatingRequest(subscription, wanted, period, full_period=full)


def _value(alert: Alert, rated: Iterable[RatedUsage]) -> Decimal:
    metric = alert.billable_metric_id
    mine = [item for item in rated if metric is None or item.charge.billable_metric_id == metric]
    if alert.alert_type == Alert.Type.METRIC_UNITS:
        return sum((item.units_now for item in mine), Decimal(0))
    return Decimal(sum(item.amount_cents for item in mine))
