from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotFound, invalid
from billing_site.core.periods import MOMENT, local_date
from customers.models import Customer
from plans.api import subscriptions as subscription_views
from plans.models import Charge, Subscription
from plans.selectors.rating import RatedUsage
from plans.selectors.usage import CurrentUsage, current_usage
from plans.services.subscriptions import NotActive


class CurrentUsageView(ApiView):
    resource = "customer_usage"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        wanted = request.query_params.get("external_subscription_id")
        if not wanted:
            raise NotFound("subscription")
        subscription = self._subscription(customer, wanted)
        charges = self._charges(subscription)
        with_taxes = request.query_params.get("apply_taxes", "true").lower() != "false"
        usage = current_usage(subscription, charges, now=timezone.now(), with_taxes=with_taxes)
        return Response({"customer_usage": shown(subscription, usage)})

    def _subscription(self, customer: Customer, external_id: str) -> Subscription:
        found = subscription_views.rows().filter(customer=customer, external_id=external_id)
        subscription: Subscription | None = found.filter(status=Subscription.Status.ACTIVE).first()
        if subscription is None:
            if found.exists():
                raise NotActive("This subscription is not active.")
            raise NotFound("subscription")
        return subscription

    def _charges(self, subscription: Subscription) -> list[Charge]:
        params = self.request.query_params
        charges = [charge for charge in subscription.plan.charges.all() if charge.deleted_at is None]
        if params.get("charge_id"):
            charges = [charge for charge in charges if str(charge.lago_id) == params["charge_id"]]
        if params.get("charge_code"):
            charges = [charge for charge in charges if charge.code == params["charge_code"]]
        if params.get("billable_metric_code"):
            charges = [charge for charge in charges if charge.billable_metric.code == params["billable_metric_code"]]
        if params.get("apply_taxes", "true").lower() not in ("true", "false"):
            raise invalid("apply_taxes", "value_is_invalid")
        return sorted(charges, key=lambda charge: charge.pk)


def shown(subscription: Subscription, usage: CurrentUsage) -> dict[str, Any]:
    """Return current usage with all keys of Lago's."""
    currency = subscription.plan.amount_currency
    return {
        "from_datetime": formats.instant(usage.period.start),
        "to_datetime": formats.instant(usage.period.end - MOMENT),
        "issuing_date": local_date(usage.period.end - MOMENT, usage.zone).isoformat(),
        "currency": currency,
        "amount_cents": usage.amount_cents,
        "total_amount_cents": usage.amount_cents + usage.taxes_cents,
        "taxes_amount_cents": usage.taxes_cents,
        "lago_invoice_id": None,
        "charges_usage": [_charge(charge, rated, currency) for charge, rated in usage.rated],
    }


def _charge(charge: Charge, rated: Sequence[RatedUsage], currency: str) -> dict[str, Any]:
    metric = charge.billable_metric
    groups = [item for item in rated if item.usage.grouped_by]
    return {
        **_figures(rated),
        "amount_currency": currency,
        "pricing_unit_details": None,
        "charge": {
            "lago_id": charge.lago_id,
            "code": charge.code,
            "charge_model": charge.charge_model,
            "invoice_display_name": charge.invoice_display_name or None,
        },
        "billable_metric": {
            "lago_id": metric.lago_id,
            "name": metric.name,
            "code": metric.code,
            "aggregation_type": metric.aggregation_type,
        },
        "filters": [],
        "grouped_usage": [
            {
                **_figures([item]),
                "pricing_unit_details": None,
                "grouped_by": {key: value or None for key, value in item.usage.grouped_by.items()},
                "filters": [],
            }
            for item in groups
        ],
        "presentation_breakdowns": [],
    }


def _figures(rated: Sequence[RatedUsage]) -> dict[str, Any]:
    units = sum((item.usage.units for item in rated), Decimal(0))
    return {
        "units": formats.decimal_string(units),
        "total_aggregated_units": formats.decimal_string(units),
        "events_count": sum(item.usage.events_count for item in rated),
        "amount_cents": sum(item.amount_cents for item in rated),
    }
