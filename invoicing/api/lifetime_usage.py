"""What a subscription has used over its life, and how far that is on its way to each threshold."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from invoicing.api.figure_shapes import LifetimeUsageAnswer, ShownLifetimeUsage, ThresholdCompletion
from invoicing.models import AppliedUsageThreshold, Invoice
from invoicing.selectors.lifetime_usage import LifetimeUsage, lifetime_usages
from plans.api import subscriptions as subscription_views
from plans.calculations.usage_thresholds import Completion, Threshold, completions
from plans.models import Subscription
from plans.selectors.usage_thresholds import applicable
from plans.services import subscriptions


class LifetimeUsageInput(serializers.Serializer):
    external_historical_usage_amount_cents = fields.CentsField()


class LifetimeUsageView(ApiView):
    resource = "lifetime_usage"

    @extend_schema(responses=LifetimeUsageAnswer)
    def get(self, request: Request, external_id: str) -> Response:
        return self._shown(self._subscription(external_id), timezone.now())

    @extend_schema(request=LifetimeUsageInput, responses=LifetimeUsageAnswer)
    def put(self, request: Request, external_id: str) -> Response:
        subscription, now = self._subscription(external_id), timezone.now()
        cents = self.read(LifetimeUsageInput)["external_historical_usage_amount_cents"]
        subscription = subscriptions.update(subscription, now=now, historical_usage_amount_cents=cents)
        return self._shown(subscription_views.rows().get(pk=subscription.pk), now)

    def _subscription(self, external_id: str) -> Subscription:
        status = self.request.query_params.get("subscription_status") or Subscription.Status.ACTIVE
        found: Subscription = self.found(
            subscription_views.rows(), "subscription", external_id=external_id, status=status
        )
        return found

    def _shown(self, subscription: Subscription, now: datetime) -> Response:
        [usage] = lifetime_usages([subscription], now=now)
        return Response({"lifetime_usage": shown(usage, now=now)})


def shown(usage: LifetimeUsage, *, now: datetime) -> ShownLifetimeUsage:
    """Return the usage with all keys of Lago's. It has no row: its id is derived from its subscription's."""
    subscription = usage.subscription
    thresholds = [Threshold(row.pk, row.amount_cents, row.recurring) for row in applicable(subscription)]
    reached = completions(thresholds, usage_cents=usage.total_cents)
    applied = _applied(subscription)
    return {
        "lago_id": uuid.uuid5(subscription.lago_id, "lifetime_usage"),
        "lago_subscription_id": subscription.lago_id,
        "external_subscription_id": subscription.external_id,
        "external_historical_usage_amount_cents": usage.historical_cents,
        "invoiced_usage_amount_cents": usage.invoiced_cents,
        "current_usage_amount_cents": usage.current_cents,
        "from_datetime": formats.instant(subscription.subscription_at),
        "to_datetime": formats.instant(now),
        "usage_thresholds": [_completion(item, applied) for item in reached],
    }


def _applied(subscription: Subscription) -> list[AppliedUsageThreshold]:
    """Return what was reached in this life, the first first."""
    life = Subscription.objects.filter(
        customer_id=subscription.customer_id,
        external_id=subscription.external_id,
        subscription_at=subscription.subscription_at,
    )
    rows = AppliedUsageThreshold.objects.filter(invoice__invoice_subscriptions__subscription__in=life)
    return list(rows.exclude(invoice__status=Invoice.Status.VOIDED).order_by("pk"))


def _completion(item: Completion, applied: Sequence[AppliedUsageThreshold]) -> ThresholdCompletion:
    told = (
        row.created_at
        for row in applied
        if row.usage_threshold_id == item.key and row.lifetime_usage_amount_cents >= item.amount_cents
    )
    return {
        "amount_cents": item.amount_cents,
        "completion_ratio": item.ratio,
        "reached_at": formats.instant(next(told, None)) if item.ratio == 1 else None,
    }
