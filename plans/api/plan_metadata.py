from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.shapes import GivenFacts, KeptFacts
from billing_site.core.api.views import ApiView
from billing_site.core.errors import invalid
from plans.api import plans as plan_views
from plans.models import Plan
from plans.services import plan_metadata


class PlanMetadataView(ApiView):
    resource = "plan"

    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def post(self, request: Request, plan_code: str) -> Response:
        plan = self.found(plan_views.rows(), code=plan_code)
        return _shown(plan_metadata.replace(plan, self._metadata(), now=timezone.now()))

    @extend_schema(request=GivenFacts, responses=KeptFacts)
    def patch(self, request: Request, plan_code: str) -> Response:
        plan = self.found(plan_views.rows(), code=plan_code)
        return _shown(plan_metadata.merge(plan, self._metadata(), now=timezone.now()))

    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, plan_code: str) -> Response:
        plan = self.found(plan_views.rows(), code=plan_code)
        return _shown(plan_metadata.remove(plan, now=timezone.now()))

    def _metadata(self) -> dict[str, Any]:
        metadata = self.payload("metadata")
        if not all(value is None or isinstance(value, str) for value in metadata.values()):
            raise invalid("metadata", "value_is_invalid")
        return metadata


class PlanMetadataKeyView(ApiView):
    resource = "plan"

    @extend_schema(responses=KeptFacts)
    def delete(self, request: Request, plan_code: str, key: str) -> Response:
        plan = self.found(plan_views.rows(), code=plan_code)
        return _shown(plan_metadata.remove(plan, now=timezone.now(), key=key))


def _shown(plan: Plan) -> Response:
    return Response({"metadata": plan.metadata})
