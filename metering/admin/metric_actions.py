"""Making, changing and retiring a billable metric."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import Sections
from metering.admin.metric_forms import MetricForm, as_typed, fields_of_metric, sample_properties
from metering.calculations.expressions import ExpressionError
from metering.models import BillableMetric
from metering.services import billable_metrics, expressions

IN_USE = "A plan charges for this metric: only its name, description and filters can change now."
ASKED_BY = {"weighted_interval": "aggregation_type", "custom_aggregator": "total_units"}


class MetricAction(CatalogueAction):
    """What is shown beside the form of a metric."""

    subject, form = BillableMetric, MetricForm
    asked_by = ASKED_BY

    def beside(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Sections:
        if not answers.get("expression") or not answers.get("sample"):
            return {}
        properties = sample_properties(answers)
        try:
            value = expressions.evaluate(
                answers["expression"], code=answers["code"], timestamp=now, properties=properties
            )
        except ExpressionError as error:
            return {"Tried on the event": {"Result": f"None: {error}"}}
        return {"Tried on the event": {"Result": expressions.written(value)}}

    def facts(self, subject: BillableMetric, *, now: datetime) -> Mapping[str, str]:
        of = f" “{subject.field_name}”" if subject.field_name else ""
        rounding = f"{subject.get_rounding_function_display()}, {subject.rounding_precision or 0} decimals"
        return {
            "Name": subject.name,
            "Events": subject.code,
            "Units are the": f"{subject.get_aggregation_type_display()}{of}",
            "From period to period": "goes on" if subject.recurring else "begins anew",
            "Rounded": rounding if subject.rounding_function else "not at all",
            "Expression": subject.expression,
            "Filters": "; ".join(str(row) for row in subject.filters.order_by("pk")),
        }


@staff_action
class MakeMetric(MetricAction):
    slug, title, confirm, is_maker = "make", "Make a metric", "Make it", True
    activity_type = "billable_metric.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return billable_metrics.create(now=now, **fields_of_metric(answers))

    def result(self, subject: BillableMetric) -> str:
        return f"{subject} is made. Put a price on it in a plan."


@staff_action
class EditMetric(MetricAction):
    slug, title, icon, confirm = "edit", "Edit metric", "edit", "Save"
    activity_type = "billable_metric.updated"

    def obstacle(self, subject: BillableMetric, *, now: datetime) -> str:
        return "This metric was deleted." if subject.deleted_at else ""

    def note(self, subject: BillableMetric, *, now: datetime) -> str:
        return IN_USE if billable_metrics.is_in_use(subject) else ""

    def initial(self, subject: BillableMetric, *, now: datetime) -> dict[str, Any]:
        return as_typed(subject)

    def perform(self, subject: BillableMetric, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return billable_metrics.update(subject, now=now, **fields_of_metric(answers))

    def result(self, subject: BillableMetric) -> str:
        return f"{subject} is changed."


@staff_action
class DeleteMetric(CatalogueAction):
    slug, title, icon, confirm = "delete", "Delete metric", "delete", "Delete it"
    place = 9
    subject, form = BillableMetric, ActionForm
    activity_type = "billable_metric.deleted"
    warning = "This cannot be undone: charges for it go from all plans, and its events are put aside."

    def obstacle(self, subject: BillableMetric, *, now: datetime) -> str:
        return "This metric was deleted." if subject.deleted_at else ""

    def perform(self, subject: BillableMetric, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return billable_metrics.delete(subject, now=now)

    def facts(self, subject: BillableMetric, *, now: datetime) -> Mapping[str, str]:
        return {"Deleted": "yes" if subject.deleted_at else "no"}

    def result(self, subject: BillableMetric) -> str:
        return f"{subject} is deleted."
