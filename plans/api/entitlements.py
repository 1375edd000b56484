from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid, NotFound
from plans.api import plans as plan_views
from plans.api import subscriptions as subscription_views
from plans.api.entitlement_serializers import EntitlementOutput, SubscriptionEntitlementOutput
from plans.api.shapes import PlanEntitlements, SubscriptionEntitlements, WantedEntitlements
from plans.models import Feature, Plan, PlanEntitlement, Subscription
from plans.selectors import entitlements as selectors
from plans.selectors.entitlements import Entitlement
from plans.services import entitlements


class EntitlementsApiView(ApiView):
    resource, plural = "entitlement", "entitlements"

    def wanted(self) -> dict[str, dict[str, Any]]:
        """
        Return the values asked for: feature → privilege → value.

        :raises Invalid: if a feature's values are no object
        """
        wanted = self.payload("entitlements")
        if not all(value is None or isinstance(value, Mapping) for value in wanted.values()):
            raise Invalid({"entitlements": ["invalid_format"]})
        return wanted

    def plan(self, code: str) -> Plan:
        """Return the plan of this code."""
        plan: Plan = self.found(plan_views.rows(), "plan", code=code)
        return plan

    def subscription(self, external_id: str) -> Subscription:
        """Return the living subscription of this external id."""
        status = self.request.query_params.get("subscription_status") or Subscription.Status.ACTIVE
        rows = subscription_views.rows().filter(external_id=external_id, status=status)
        subscription: Subscription = self.found(rows, "subscription")
        return subscription

    def one(self, found: list[Entitlement], code: str) -> Entitlement:
        """
        Return the entitlement to a feature.

        :raises NotFound: if there is none
        """
        entitlement = next((item for item in found if item.feature.code == code), None)
        if entitlement is None:
            raise NotFound("entitlement")
        return entitlement


class PlanEntitlementsView(EntitlementsApiView):
    @extend_schema(responses=PlanEntitlements)
    def get(self, request: Request, plan_code: str) -> Response:
        return self._all(self.plan(plan_code))

    @extend_schema(request=WantedEntitlements, responses=PlanEntitlements)
    def post(self, request: Request, plan_code: str) -> Response:
        return self._set(plan_code, replaces=True)

    @extend_schema(request=WantedEntitlements, responses=PlanEntitlements)
    def patch(self, request: Request, plan_code: str) -> Response:
        return self._set(plan_code, replaces=False)

    def _set(self, plan_code: str, *, replaces: bool) -> Response:
        entitlements.set_for_plan(self.plan(plan_code), self.wanted(), now=timezone.now(), replaces=replaces)
        return self._all(self.plan(plan_code))

    def _all(self, plan: Plan) -> Response:
        return Response({"entitlements": EntitlementOutput(selectors.of_plan(plan), many=True).data})


class PlanEntitlementView(EntitlementsApiView):
    @extend_schema(responses=EntitlementOutput)
    def get(self, request: Request, plan_code: str, code: str) -> Response:
        return self.answer(self.one(selectors.of_plan(self.plan(plan_code)), code), EntitlementOutput)

    @extend_schema(responses=EntitlementOutput)
    def delete(self, request: Request, plan_code: str, code: str) -> Response:
        plan = self.plan(plan_code)
        entitlement = self.one(selectors.of_plan(plan), code)
        row = PlanEntitlement.objects.get(plan=plan, feature=entitlement.feature)
        entitlements.remove_from_plan(row, now=timezone.now())
        return self.answer(entitlement, EntitlementOutput)


class PlanEntitlementPrivilegeView(EntitlementsApiView):
    @extend_schema(responses=EntitlementOutput)
    def delete(self, request: Request, plan_code: str, code: str, privilege_code: str) -> Response:
        plan = self.plan(plan_code)
        entitlement = self.one(selectors.of_plan(plan), code)
        row = PlanEntitlement.objects.get(plan=plan, feature=entitlement.feature)
        entitlements.remove_from_plan(row, now=timezone.now(), privilege_code=privilege_code)
        return self.answer(self.one(selectors.of_plan(self.plan(plan_code)), code), EntitlementOutput)


class SubscriptionEntitlementsView(EntitlementsApiView):
    @extend_schema(responses=SubscriptionEntitlements)
    def get(self, request: Request, external_id: str) -> Response:
        return self._all(self.subscription(external_id))

    @extend_schema(request=WantedEntitlements, responses=SubscriptionEntitlements)
    def patch(self, request: Request, external_id: str) -> Response:
        subscription = self.subscription(external_id)
        entitlements.set_for_subscription(subscription, self.wanted(), now=timezone.now())
        return self._all(subscription)

    def _all(self, subscription: Subscription) -> Response:
        found = selectors.of_subscription(subscription)
        return Response({"entitlements": SubscriptionEntitlementOutput(found, many=True).data})


class SubscriptionEntitlementView(EntitlementsApiView):
    @extend_schema(responses=SubscriptionEntitlementOutput)
    def delete(self, request: Request, external_id: str, code: str) -> Response:
        subscription = self.subscription(external_id)
        feature = self.found(Feature.objects.live(), "feature", code=code)
        entitlement = self.one(selectors.of_subscription(subscription), code)
        entitlements.remove_from_subscription(subscription, feature, now=timezone.now())
        return self.answer(entitlement, SubscriptionEntitlementOutput)


class SubscriptionEntitlementPrivilegeView(EntitlementsApiView):
    @extend_schema(responses=SubscriptionEntitlementOutput)
    def delete(self, request: Request, external_id: str, code: str, privilege_code: str) -> Response:
        subscription = self.subscription(external_id)
        feature = self.found(Feature.objects.live(), "feature", code=code)
        entitlement = self.one(selectors.of_subscription(subscription), code)
        if privilege_code not in entitlement.privileges:
            raise NotFound("privilege")
        entitlements.remove_from_subscription(subscription, feature, now=timezone.now(), privilege_code=privilege_code)
        return self.answer(self.one(selectors.of_subscription(subscription), code), SubscriptionEntitlementOutput)
