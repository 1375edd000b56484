from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from plans.api.serializers import PlanInput, PlanOutput, PlanUpdate
from plans.models import Plan
from plans.selectors.charges import shown
from plans.selectors.usage_thresholds import live_thresholds
from plans.services import plans


def all_rows() -> "QuerySet[Any]":
    """Return all plans, newest first, with what their answer needs."""
    related: tuple[Any, ...] = (
        *shown("charges__"),
        "taxes__billing_entities",
        "fixed_charges__add_on",
        "fixed_charges__parent",
        "fixed_charges__taxes__billing_entities",
        "minimum_commitment__taxes__billing_entities",
        "entitlements__feature__privileges",
        live_thresholds(),
    )
    found: QuerySet[Any] = Plan.objects.select_related("parent").prefetch_related(*related)
    return found.order_by("-created_at", "-id")


def rows() -> "QuerySet[Any]":
    """Return the live plans that are nobody's own."""
    return all_rows().filter(deleted_at=None, parent=None)


class PlansView(ApiView):
    resource, plural = "plan", "plans"

    @extend_schema(responses=PlanOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(rows(), PlanOutput)

    @extend_schema(request=PlanInput, responses=PlanOutput)
    def post(self, request: Request) -> Response:
        plan = plans.create(now=timezone.now(), **self.read(PlanInput))
        return self.answer(rows().get(pk=plan.pk), PlanOutput)


class PlanView(ApiView):
    resource = "plan"

    @extend_schema(responses=PlanOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(rows(), code=code), PlanOutput)

    @extend_schema(request=PlanUpdate, responses=PlanOutput)
    def put(self, request: Request, code: str) -> Response:
        plan = plans.update(self.found(rows(), code=code), now=timezone.now(), **self.read(PlanUpdate))
        return self.answer(rows().get(pk=plan.pk), PlanOutput)

    @extend_schema(responses=PlanOutput)
    def delete(self, request: Request, code: str) -> Response:
        return self.answer(plans.delete(self.found(rows(), code=code), now=timezone.now()), PlanOutput)
