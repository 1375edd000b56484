from django.urls import path

from metering.api import billable_metrics

urlpatterns = [
    path("billable_metrics", billable_metrics.BillableMetricsView.as_view()),
    path("billable_metrics/evaluate_expression", billable_metrics.EvaluateExpressionView.as_view()),
    path("billable_metrics/<path:code>", billable_metrics.BillableMetricView.as_view()),
]
