from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from plans.api import plans as plan_views
from plans.api import subscriptions as subscription_views
from plans.api.fixed_charge_serializers import FixedChargeInput, FixedChargeOutput, FixedChargeOverride
from plans.models import FixedCharge, Plan, Subscription
from plans.selectors.fixed_charges import latest_units
from plans.selectors.plans import is_in_use
from plans.services import fixed_charge_units, fixed_charges, subscriptions


def rows(plan: Plan) -> "QuerySet[Any]":
    """Return the live fixed charges of a plan with what their answer needs, oldest first."""
    found: QuerySet[Any] = FixedCharge.objects.live().filter(plan=plan).select_related("add_on", "parent")
    return found.prefetch_related("taxes__billing_entities").order_by("id")


class PlanFixedChargesView(ApiView):
    resource, plural = "fixed_charge", "fixed_charges"

    @extend_schema(responses=FixedChargeOutput(many=True))
    def get(self, request: Request, plan_code: str) -> Response:
        plan = self.found(plan_views.rows(), "plan", code=plan_code)
        return self.listing(rows(plan), FixedChargeOutput)

    @extend_schema(request=FixedChargeInput, responses=FixedChargeOutput)
    def post(self, request: Request, plan_code: str) -> Response:
        plan = self.found(plan_views.rows(), "plan", code=plan_code)
        fixed_charge = fixed_charges.create(plan, now=timezone.now(), **self.read(FixedChargeInput))
        return self.answer(rows(plan).get(pk=fixed_charge.pk), FixedChargeOutput)


class PlanFixedChargeView(ApiView):
    resource = "fixed_charge"

    @extend_schema(responses=FixedChargeOutput)
    def get(self, request: Request, plan_code: str, code: str) -> Response:
        plan = self.found(plan_views.rows(), "plan", code=plan_code)
        return self.answer(self.found(rows(plan), code=code), FixedChargeOutput)

    @extend_schema(request=FixedChargeInput, responses=FixedChargeOutput)
    def put(self, request: Request, plan_code: str, code: str) -> Response:
        plan = self.found(plan_views.rows(), "plan", code=plan_code)
        found, data = self.found(rows(plan), code=code), self.read(FixedChargeInput)
        found = fixed_charges.update(found, now=timezone.now(), is_in_use=is_in_use(plan), **data)
        return self.answer(rows(plan).get(pk=found.pk), FixedChargeOutput)

    @extend_schema(responses=FixedChargeOutput)
    def delete(self, request: Request, plan_code: str, code: str) -> Response:
        plan = self.found(plan_views.rows(), "plan", code=plan_code)
        found = self.found(rows(plan), code=code)
        body = request.data if isinstance(request.data, dict) else {}
        options = body.get(self.resource)
        cascades = isinstance(options, dict) and options.get("cascade_updates") is True
        fixed_charges.delete(found, now=timezone.now(), cascades=cascades)
        return self.answer(found, FixedChargeOutput)


class SubscriptionFixedChargesView(ApiView):
    resource, plural = "fixed_charge", "fixed_charges"

    @extend_schema(responses=FixedChargeOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        subscription = _subscription(self, external_id)

        def prepare(page: Sequence[FixedCharge]) -> None:
            show_own_units(subscription, page)

        return self.listing(rows(subscription.plan), FixedChargeOutput, prepare=prepare)


class SubscriptionFixedChargeView(ApiView):
    resource = "fixed_charge"

    @extend_schema(responses=FixedChargeOutput)
    def get(self, request: Request, external_id: str, code: str) -> Response:
        subscription = _subscription(self, external_id)
        found = self.found(rows(subscription.plan), code=code)
        show_own_units(subscription, [found])
        return self.answer(found, FixedChargeOutput)

    @extend_schema(request=FixedChargeOverride, responses=FixedChargeOutput)
    def put(self, request: Request, external_id: str, code: str) -> Response:
        subscription = _subscription(self, external_id)
        found, data = self.found(rows(subscription.plan), code=code), self.read(FixedChargeOverride)
        now, units = timezone.now(), data.get("units")
        if data.keys() <= {"units", "apply_units_immediately"}:
            if units is not None:
                at_once = bool(data.get("apply_units_immediately"))
                fixed_charge_units.change(found, units, now=now, at_once=at_once, subscription=subscription)
        else:  # prices of its own need a plan of its own
            item = {"id": found.lago_id, **data}
            subscriptions.update(subscription, now=now, plan_overrides={"fixed_charges": [item]})
            subscription = _subscription(self, external_id)
            found = self.found(rows(subscription.plan), code=code)
        show_own_units(subscription, [found])
        return self.answer(found, FixedChargeOutput)


def show_own_units(subscription: Subscription, found: Sequence[FixedCharge]) -> None:
    """Let fixed charges show the units that one subscription has, or will have from its next period on."""
    units = latest_units(subscription, found)
    for fixed_charge in found:
        fixed_charge.units = units.get(fixed_charge.pk, fixed_charge.units)


def _subscription(view: ApiView, external_id: str) -> Subscription:
    status = view.request.query_params.get("subscription_status") or view.request.query_params.get("status")
    lookup = {"external_id": external_id, "status": status or Subscription.Status.ACTIVE}
    found: Subscription = view.found(subscription_views.rows(), "subscription", **lookup)
    return found
