"""The charges of a plan and their filters, one by one."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from plans.api.charge_serializers import (
    ChargeFilterOutput,
    ChargeFilterWithCascade,
    ChargeInput,
    ChargeOutput,
    ChargeUpdate,
)
from plans.models import Charge, ChargeFilter, Plan
from plans.selectors.charges import with_prices
from plans.services import charge_filters, charges


class PlanPartView(ApiView):
    """The base of what is nested under a plan."""

    resource = "plan"

    def plan(self, code: str) -> Plan:
        """
        Return the plan that is nobody's own.

        :raises NotFound: if there is none
        """
        found: Plan = self.found(Plan.objects.live().filter(parent=None), code=code)
        return found

    def charges(self, code: str) -> "QuerySet[Any]":
        """Return the live charges of a plan."""
        return with_prices(Charge.objects.live().filter(plan=self.plan(code)))

    def charge(self, code: str, charge_code: str) -> Charge:
        """
        Return one charge.

        :raises NotFound: if there is no such plan or charge
        """
        found: Charge = self.found(self.charges(code), "charge", code=charge_code)
        return found

    def cascades(self, fields: dict[str, Any]) -> bool:
        """Take out of the input whether what is done goes on to the plans made from this one."""
        return bool(fields.pop("cascade_updates", None))

    def cascades_by_body(self, root: str) -> bool:
        """Return whether a DELETE's body asks to go on to the plans made from this one."""
        body = self.request.data if isinstance(self.request.data, dict) else {}
        part = body.get(root)
        return isinstance(part, dict) and part.get("cascade_updates") is True


class PlanChargesView(PlanPartView):
    root, plural = "charge", "charges"

    @extend_schema(responses=ChargeOutput(many=True))
    def get(self, request: Request, code: str) -> Response:
        return self.listing(self.charges(code), ChargeOutput)

    @extend_schema(request=ChargeInput, responses=ChargeOutput)
    def post(self, request: Request, code: str) -> Response:
        plan, fields = self.plan(code), self.read(ChargeInput)
        made = charges.create(plan, now=timezone.now(), cascades=self.cascades(fields), **fields)
        return self.answer(self.charge(code, made.code), ChargeOutput)


class PlanChargeView(PlanPartView):
    root = "charge"

    @extend_schema(responses=ChargeOutput)
    def get(self, request: Request, code: str, charge_code: str) -> Response:
        return self.answer(self.charge(code, charge_code), ChargeOutput)

    @extend_schema(request=ChargeUpdate, responses=ChargeOutput)
    def put(self, request: Request, code: str, charge_code: str) -> Response:
        charge, fields = self.charge(code, charge_code), self.read(ChargeUpdate)
        charges.update(charge, now=timezone.now(), cascades=self.cascades(fields), **fields)
        return self.answer(self.charge(code, charge_code), ChargeOutput)

    @extend_schema(responses=ChargeOutput)
    def delete(self, request: Request, code: str, charge_code: str) -> Response:
        charge = self.charge(code, charge_code)
        charges.delete(charge, now=timezone.now(), cascades=self.cascades_by_body("charge"))
        return self.answer(charge, ChargeOutput)


class PlanChargeFiltersView(PlanPartView):
    root, plural = "filter", "filters"

    @extend_schema(responses=ChargeFilterOutput(many=True))
    def get(self, request: Request, code: str, charge_code: str) -> Response:
        rows = ChargeFilter.objects.live().filter(charge=self.charge(code, charge_code)).select_related("charge")
        return self.listing(rows.order_by("pk"), ChargeFilterOutput)

    @extend_schema(request=ChargeFilterWithCascade, responses=ChargeFilterOutput)
    def post(self, request: Request, code: str, charge_code: str) -> Response:
        charge, fields = self.charge(code, charge_code), self.read(ChargeFilterWithCascade)
        made = charge_filters.create(charge, now=timezone.now(), cascades=self.cascades(fields), **fields)
        return self.answer(made, ChargeFilterOutput)


class PlanChargeFilterView(PlanPartView):
    root = "filter"

    def filter(self, code: str, charge_code: str, lago_id: Any) -> ChargeFilter:
        """
        Return one filter.

        :raises NotFound: if there is no such plan, charge or filter
        """
        charge = self.charge(code, charge_code)
        rows = ChargeFilter.objects.live().filter(charge=charge).select_related("charge")
        found: ChargeFilter = self.found(rows, "charge_filter", lago_id=lago_id)
        return found

    @extend_schema(responses=ChargeFilterOutput)
    def get(self, request: Request, code: str, charge_code: str, lago_id: Any) -> Response:
        return self.answer(self.filter(code, charge_code, lago_id), ChargeFilterOutput)

    @extend_schema(request=ChargeFilterWithCascade, responses=ChargeFilterOutput)
    def put(self, request: Request, code: str, charge_code: str, lago_id: Any) -> Response:
        row, fields = self.filter(code, charge_code, lago_id), self.read(ChargeFilterWithCascade)
        charge_filters.update(row, now=timezone.now(), cascades=self.cascades(fields), **fields)
        return self.answer(row, ChargeFilterOutput)

    @extend_schema(responses=ChargeFilterOutput)
    def delete(self, request: Request, code: str, charge_code: str, lago_id: Any) -> Response:
        row = self.filter(code, charge_code, lago_id)
        charge_filters.delete(row, now=timezone.now(), cascades=self.cascades_by_body("filter"))
        return self.answer(row, ChargeFilterOutput)
