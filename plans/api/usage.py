import re
from datetime import datetime

import msgspec
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotAllowed, NotFound, invalid
from customers.models import Customer
from plans.api import usage_output
from plans.api.usage_shapes import CustomerProjectedUsage, CustomerUsage
from plans.models import Charge, Subscription
from plans.selectors import usage_terms
from plans.selectors.projections import projected
from plans.selectors.usage import CurrentUsage, UsageScope, current_usage
from plans.services.subscriptions import NotActive

_GROUP = re.compile(r"(?:filter_by_)?group\[([^\[\]]+)\](?:\[\])?")
PARAMETERS = [
    OpenApiParameter("external_subscription_id", str, required=True),
    *(OpenApiParameter(name, str) for name in ("charge_id", "charge_code", "billable_metric_code")),
    *(OpenApiParameter(name, bool) for name in ("apply_taxes", "full_usage", "skip_grouping")),
    OpenApiParameter("filter_by_presentation", str, description="A JSON array of keys."),
]
_NARROWING = ("charge_id", "charge_code", "filter_by_charge_id", "filter_by_charge_code")


class FullUsageNotAllowed(NotAllowed):
    code = "full_usage_not_allowed"


class UsageView(ApiView):
    """What the usage of a customer's subscription has come to, of the charges and groups that are asked for."""

    resource = "customer_usage"

    def usage(self, external_id: str, now: datetime) -> tuple[Subscription, CurrentUsage]:
        """
        Return the subscription that is asked for and its usage.

        :raises NotFound: if the customer or the subscription is unknown
        :raises NotActive: if it has ended, or has not begun
        :raises FullUsageNotAllowed: if usage since the start is asked for of all charges and groups at once
        """
        subscription = self._subscription(external_id, self.request.query_params.get("external_subscription_id"))
        groups, since_start = self._groups(), self._flag("full_usage")
        if since_start and not groups and not any(self.request.query_params.get(name) for name in _NARROWING):
            raise FullUsageNotAllowed("Usage since the start is told of one charge or group at a time.")
        scope = UsageScope(
            self._charges(subscription), groups, self._flag("skip_grouping"), since_start, self._presentation()
        )
        with_taxes = self._flag("apply_taxes", default=True)
        return subscription, current_usage(subscription, scope, now=now, with_taxes=with_taxes)

    def _subscription(self, customer_id: str, wanted: str | None) -> Subscription:
        subscription = usage_terms.active(customer_id, wanted) if wanted else None
        if subscription is not None:
            return subscription
        customer = self.found(Customer.objects.live(), "customer", external_id=customer_id)
        if wanted and Subscription.objects.filter(customer=customer, external_id=wanted).exists():
            raise NotActive("This subscription is not active.")
        raise NotFound("subscription")

    def _charges(self, subscription: Subscription) -> list[Charge]:
        params = self.request.query_params
        charges = usage_terms.charges_of(subscription)
        charge_id = params.get("charge_id") or params.get("filter_by_charge_id")
        charge_code = params.get("charge_code") or params.get("filter_by_charge_code")
        if charge_id:
            charges = [charge for charge in charges if str(charge.lago_id) == charge_id]
        if charge_code:
            charges = [charge for charge in charges if charge.code == charge_code]
        if params.get("billable_metric_code"):
            charges = [charge for charge in charges if charge.billable_metric.code == params["billable_metric_code"]]
        return charges

    def _groups(self) -> dict[str, tuple[str, ...]]:
        """Return the groups asked for by `group[key]=value`, or by the older `filter_by_group[key]=value`."""
        found: dict[str, tuple[str, ...]] = {}
        for name, values in self.request.query_params.lists():
            if match := _GROUP.fullmatch(name):
                found[match[1]] = tuple(values)
        return found

    def _presentation(self) -> list[str] | None:
        """Return by which presentation keys usage is to be shown apart, a JSON array of them; None for all of them."""
        given = self.request.query_params.getlist("filter_by_presentation[]") or None
        text = self.request.query_params.get("filter_by_presentation")
        if text is not None:
            try:
                given = msgspec.json.decode(text, type=list[str])
            except msgspec.MsgspecError:
                raise invalid("filter_by_presentation", "value_is_invalid") from None
        return given

    def _flag(self, name: str, *, default: bool = False) -> bool:
        value = self.request.query_params.get(name, str(default)).lower()
        if value not in ("true", "false"):
            raise invalid(name, "value_is_invalid")
        return value == "true"


class CurrentUsageView(UsageView):
    @extend_schema(parameters=PARAMETERS, responses=CustomerUsage)
    def get(self, request: Request, external_id: str) -> Response:
        subscription, usage = self.usage(external_id, timezone.now())
        return Response({"customer_usage": usage_output.shown(subscription, usage)})


class ProjectedUsageView(UsageView):
    @extend_schema(parameters=PARAMETERS, responses=CustomerProjectedUsage)
    def get(self, request: Request, external_id: str) -> Response:
        now = timezone.now()
        subscription, usage = self.usage(external_id, now)
        later = projected(usage, subscription.plan.amount_currency, now=now)
        shown = usage_output.shown_with_projection(subscription, usage, later)
        return Response({"customer_projected_usage": shown})
