"""Alerts: made, changed, taken away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotFound, invalid, refuse
from credits.models import Wallet
from metering.models import BillableMetric
from webhooks.models import Alert, AlertThreshold
from webhooks.selectors import alert_values

MOST_THRESHOLDS = 20
# Which refusal of the database means what.
TAKEN = {
    "alert_code_unique": ("code", "value_already_exist"),
    "alert_once_for_a_value": ("base", "alert_already_exists"),
}
TERMS = ("code", "name")


@transaction.atomic
def create(
    items: Sequence[Mapping[str, Any]], *, subscription: str = "", wallet: Wallet | None = None, now: datetime
) -> list[Alert]:
    """
    Make alerts for a subscription (its external id) or a wallet, all or none.

    :raises Invalid: with the errors of the one item, or of each by its number if there are several
    :raises NotFound: if there is no such metric
    """
    made: list[Alert] = []
    troubles: dict[str, object] = {}
    for number, item in enumerate(items):
        try:
            made.append(_create(item, subscription, wallet, now))
        except Invalid as error:
            if len(items) == 1:
                raise
            troubles[str(number)] = error.details
    if troubles:
        raise Invalid(troubles)
    return made


@transaction.atomic
def update(alert: Alert, *, now: datetime, **terms: Any) -> Alert:
    """
    Change an alert; thresholds that are given take the place of all there were.

    :raises Invalid: field by field
    :raises NotFound: if there is no such metric
    """
    alert = Alert.objects.lock(alert.pk)
    before = activity.snapshot(alert, TERMS)
    for name in TERMS:
        if terms.get(name) is not None:
            setattr(alert, name, terms[name])
    if terms.get("billable_metric_code"):
        alert.billable_metric = _metric(alert.alert_type, terms["billable_metric_code"])
    alert.updated_at = now
    _save(alert)
    if terms.get("thresholds") is not None:
        _check_thresholds(terms["thresholds"])
        alert.thresholds.all().delete()
        _add_thresholds(alert, terms["thresholds"], now)
    activity.record("alert.updated", alert, now=now, changes=activity.differences(before, alert))
    return alert


@transaction.atomic
def delete(alert: Alert, *, now: datetime) -> Alert:
    """Take an alert away."""
    alert = Alert.objects.lock(alert.pk)
    if alert.deleted_at is None:
        alert.deleted_at = alert.updated_at = now
        alert.save(update_fields=["deleted_at", "updated_at"])
        activity.record("alert.deleted", alert, now=now)
    return alert


def _create(item: Mapping[str, Any], subscription: str, wallet: Wallet | None, now: datetime) -> Alert:
    kind, allowed = item.get("alert_type"), Alert.OF_WALLETS if wallet else Alert.OF_SUBSCRIPTIONS
    if not kind or kind not in Alert.Type.values or not item.get("code") or not item.get("thresholds"):
        raise Invalid(_missing(item))
    refuse({("alert_type", "invalid_type"): kind not in allowed})
    _check_thresholds(item["thresholds"])
    alert = Alert(
        external_subscription_id=subscription,
        wallet=wallet,
        billable_metric=_metric(kind, item.get("billable_metric_code")),
        alert_type=kind,
        code=item["code"],
        name=item.get("name") or "",
        # A wallet is watched from the balance that it has; usage from nothing, as it begins each period.
        previous_value=alert_values.balance(kind, wallet) if wallet else 0,
        created_at=now,
        updated_at=now,
    )
    _save(alert)
    _add_thresholds(alert, item["thresholds"], now)
    activity.record("alert.created", alert, now=now)
    return alert


def _missing(item: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what an alert cannot be without (an absent type is none of the types either, as Lago says it)."""
    details: dict[str, list[str]] = {}
    if not item.get("alert_type"):
        details["alert_type"] = ["value_is_mandatory", "value_is_invalid"]
    elif item["alert_type"] not in Alert.Type.values:
        details["alert_type"] = ["invalid_type"]
    for name in ("code", "thresholds"):
        if not item.get(name):
            details[name] = ["value_is_mandatory"]
    return details


def _check_thresholds(thresholds: Sequence[Mapping[str, Any]]) -> None:
    once = [item["value"] for item in thresholds if not item.get("recurring")]
    steps = [item["value"] for item in thresholds if item.get("recurring")]
    refuse(
        {
            ("thresholds", "value_is_mandatory"): not thresholds,
            ("thresholds", "too_many_thresholds"): len(thresholds) > MOST_THRESHOLDS,
            ("thresholds", "duplicate_threshold_values"): len(set(once)) != len(once),
            ("thresholds", "multiple_recurring_thresholds"): len(steps) > 1,
            ("thresholds", "value_is_out_of_range"): any(step <= 0 for step in steps),
        }
    )


def _metric(alert_type: str, code: str | None) -> BillableMetric | None:
    if alert_type not in Alert.OF_METRICS:
        refuse({("billable_metric", "value_must_be_blank"): bool(code)})
        return None
    refuse({("billable_metric", "value_is_mandatory"): not code})
    metric: BillableMetric | None = BillableMetric.objects.live().filter(code=code).first()
    if metric is None:
        raise NotFound("billable_metric")
    return metric


def _save(alert: Alert) -> None:
    try:
        with transaction.atomic():
            alert.save()
    except IntegrityError as error:
        field, code = next((found for name, found in TAKEN.items() if name in str(error)), ("", ""))
        if not field:
            raise
        raise invalid(field, code) from error


def _add_thresholds(alert: Alert, thresholds: Sequence[Mapping[str, Any]], now: datetime) -> None:
    AlertThreshold.objects.bulk_create(
        AlertThreshold(
            alert=alert,
            value=item["value"],
            code=item.get("code") or "",
            recurring=bool(item.get("recurring")),
            created_at=now,
            updated_at=now,
        )
        for item in thresholds
    )
