"""Fees of events that were never sent, told before each is: no event is read, nothing is stored."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid, NotFound, invalid
from metering.api import event_input
from metering.api.shapes import ManyEventsInput, OneEventInput
from metering.services import code_rules, expressions
from metering.services.new_event import Incoming
from plans.api.usage_shapes import InstantFee, InstantFees, InstantItem
from plans.selectors.instant_prices import InstantPrice, LoneEvent, instant_prices, live_subscriptions
from plans.selectors.rating import RatedUsage


class InstantFeesView(ApiView):
    """The fees that one event would make, priced by itself."""

    resource = "event"

    @extend_schema(request=OneEventInput, responses=InstantFees)
    def post(self, request: Request) -> Response:
        now = timezone.now()
        [(event, problems)] = _checked([event_input.read(event_input.one_event, request.body).event], now)
        if event is None:
            raise Invalid(problems)
        return Response({"fees": _fees([event], now)})


class BatchInstantFeesView(ApiView):
    """The same for many events, each by itself."""

    resource = "event"

    @extend_schema(request=ManyEventsInput, responses=InstantFees)
    def post(self, request: Request) -> Response:
        now = timezone.now()
        bodies = event_input.read(event_input.many_wrapped_events, request.body).events
        if not bodies:
            raise invalid("events", "no_events")
        if len(bodies) > settings.EVENTS_BATCH_MAX_LENGTH:
            raise invalid("events", "too_many_events")
        checked = _checked([body.event or body for body in bodies], now)
        if wrong := {str(number): problems for number, (_, problems) in enumerate(checked) if problems}:
            raise Invalid(wrong)
        return Response({"fees": _fees([event for event, _ in checked if event is not None], now)})


def _checked(bodies: Sequence[event_input.EventBody], now: datetime) -> Sequence[expressions.Checked]:
    """Return the events with what their metrics compute of them, each with what is wrong with it."""
    taken = [event_input.unsent(body, now) for body in bodies]
    return expressions.computed(taken, code_rules.find({event.code for event, _ in taken if event is not None}))


def _fees(events: Sequence[Incoming], now: datetime) -> list[InstantFee]:
    """
    Return the fees in the order of the events.

    :raises NotFound: if a subscription is unknown or not active
    :raises Invalid: if no event falls under a charge that is paid in advance and prices events alone
    """
    subscriptions = live_subscriptions({event.external_subscription_id for event in events}, now)
    if any(event.external_subscription_id not in subscriptions for event in events):
        raise NotFound("subscription")
    prices = instant_prices([_alone(event) for event in events], subscriptions)
    if not prices:
        raise invalid("code", "does_not_match_an_instant_charge")
    return [_fee(price) for price in prices]


def _alone(event: Incoming) -> LoneEvent:
    properties = json.loads(event.properties, parse_float=Decimal)
    return LoneEvent(event.transaction_id, event.external_subscription_id, event.code, properties)


def _fee(item: InstantPrice) -> InstantFee:
    """Return a fee that was never made: it has no ids, no taxes, no coupons."""
    rated, subscription = item.rated, item.subscription
    currency, charge = subscription.plan.amount_currency, rated.charge
    return {
        "lago_id": None,
        "lago_charge_id": charge.lago_id,
        "lago_charge_filter_id": rated.charge_filter.lago_id if rated.charge_filter else None,
        "lago_invoice_id": None,
        "lago_true_up_fee_id": None,
        "lago_true_up_parent_fee_id": None,
        "lago_subscription_id": subscription.lago_id,
        "external_subscription_id": subscription.external_id,
        "lago_customer_id": subscription.customer.lago_id,
        "external_customer_id": subscription.customer.external_id,
        "item": _item(rated),
        "pay_in_advance": True,
        "invoiceable": charge.invoiceable,
        "amount_cents": rated.amount_cents,
        "amount_currency": currency,
        "precise_amount": rated.price.amount,
        "precise_total_amount": rated.price.amount,
        "taxes_amount_cents": 0,
        "taxes_precise_amount": Decimal(0),
        "taxes_rate": Decimal(0),
        "total_amount_cents": rated.amount_cents,
        "total_amount_currency": currency,
        "units": formats.decimal_string(rated.usage.units),
        "description": None,
        "precise_unit_amount": formats.decimal_string(rated.price.unit_amount),
        "precise_coupons_amount_cents": "0.0",
        "events_count": 1,
        "payment_status": "pending",
        "created_at": None,
        "succeeded_at": None,
        "failed_at": None,
        "refunded_at": None,
        "amount_details": None,
        "event_transaction_id": item.event.transaction_id,
    }


def _item(rated: RatedUsage) -> InstantItem:
    charge, metric, row = rated.charge, rated.charge.billable_metric, rated.charge_filter
    return {
        "type": "charge",
        "code": metric.code,
        "name": metric.name,
        "description": metric.description or None,
        "invoice_display_name": charge.invoice_display_name or metric.name,
        "filters": row.values if row else None,
        "filter_invoice_display_name": row.display_name if row else None,
        "lago_item_id": metric.lago_id,
        "item_type": "BillableMetric",
        "grouped_by": {},
    }
