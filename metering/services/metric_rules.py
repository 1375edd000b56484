"""What a billable metric may say (Lago table 1.2, its codes)."""

from billing_site.core.errors import refuse
from metering.calculations import custom_states, expressions
from metering.calculations.expressions import ExpressionError
from metering.models import BillableMetric

Kind = BillableMetric.Aggregation
WITHOUT_PROPERTY = (Kind.COUNT, Kind.CUSTOM)
NEVER_RECURRING = (Kind.COUNT, Kind.MAX, Kind.LATEST)


def tidy(metric: BillableMetric) -> None:
    """Drop what its aggregation does not look at."""
    if metric.aggregation_type == Kind.COUNT:
        metric.field_name = ""
    if metric.aggregation_type != Kind.WEIGHTED_SUM:
        metric.weighted_interval = ""
    if metric.aggregation_type != Kind.CUSTOM:
        metric.custom_aggregator = {}


def check(metric: BillableMetric) -> None:
    """
    Refuse a metric (unsaved) that cannot be measured as it says.

    :raises Invalid: with all that is wrong
    """
    kind = metric.aggregation_type
    refuse(
        {
            ("code", "value_already_exist"): _is_taken(metric),
            ("field_name", "value_is_mandatory"): kind not in WITHOUT_PROPERTY and not metric.field_name,
            ("recurring", "not_compatible_with_aggregation_type"): metric.recurring and kind in NEVER_RECURRING,
            ("weighted_interval", "value_is_invalid"): kind == Kind.WEIGHTED_SUM and not metric.weighted_interval,
            ("expression", "invalid_expression"): not _is_expression(metric.expression),
            ("custom_aggregator", "invalid_expression"): kind == Kind.CUSTOM and not _is_foldable(metric),
        }
    )


def _is_taken(metric: BillableMetric) -> bool:
    return BillableMetric.objects.live().filter(code=metric.code).exclude(pk=metric.pk).exists()


def _is_expression(text: str) -> bool:
    try:
        return not text or bool(expressions.parse(text))
    except ExpressionError:
        return False


def _is_foldable(metric: BillableMetric) -> bool:
    try:
        return bool(custom_states.aggregator(metric.custom_aggregator))
    except ExpressionError:
        return False
