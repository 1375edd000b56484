from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import invalid
from metering.api import event_input
from metering.api.serializers import BillableMetricInput, BillableMetricOutput, BillableMetricUpdate, EvaluationInput
from metering.api.shapes import EvaluatedExpression
from metering.calculations.expressions import ExpressionError
from metering.models import BillableMetric
from metering.services import billable_metrics, expressions


def rows() -> "QuerySet[Any]":
    """Return the live metrics with their filters."""
    found: QuerySet[Any] = BillableMetric.objects.live().prefetch_related("filters").order_by("-created_at", "-id")
    return found


class BillableMetricsView(ApiView):
    resource, plural = "billable_metric", "billable_metrics"

    @extend_schema(responses=BillableMetricOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(rows(), BillableMetricOutput)

    @extend_schema(request=BillableMetricInput, responses=BillableMetricOutput)
    def post(self, request: Request) -> Response:
        metric = billable_metrics.create(now=timezone.now(), **self.read(BillableMetricInput))
        return self.answer(metric, BillableMetricOutput)


class BillableMetricView(ApiView):
    resource = "billable_metric"

    @extend_schema(responses=BillableMetricOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(rows(), code=code), BillableMetricOutput)

    @extend_schema(request=BillableMetricUpdate, responses=BillableMetricOutput)
    def put(self, request: Request, code: str) -> Response:
        metric = self.found(rows(), code=code)
        metric = billable_metrics.update(metric, now=timezone.now(), **self.read(BillableMetricUpdate))
        return self.answer(metric, BillableMetricOutput)

    @extend_schema(responses=BillableMetricOutput)
    def delete(self, request: Request, code: str) -> Response:
        metric = billable_metrics.delete(self.found(rows(), code=code), now=timezone.now())
        return self.answer(metric, BillableMetricOutput)


class EvaluateExpressionView(ApiView):
    resource = "billable_metric"
    takes_bare_bodies = True

    @extend_schema(request=EvaluationInput, responses=EvaluatedExpression)
    def post(self, request: Request) -> Response:
        """Try an expression on an event; nothing is stored."""
        given = EvaluationInput(data=request.data)
        given.is_valid(raise_exception=True)
        event = given.validated_data["event"]
        moment = event_input.moment(event.get("timestamp"), timezone.now())
        if moment is None:
            raise invalid("timestamp", "invalid_format")
        try:
            value = expressions.evaluate(
                given.validated_data["expression"],
                code=event["code"],
                timestamp=moment,
                properties=event["properties"],
            )
        except ExpressionError as error:
            raise invalid("expression", error.code, str(error)) from error
        return Response({"expression_result": {"value": expressions.written(value)}})
