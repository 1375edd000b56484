"""The form of a billable metric: what is counted, and an event to try its expression on."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from billing_site.core.admin.fields import joined, line, listed, one_of, paragraph, picked, whole, yes
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.rows import RowsField
from metering.calculations.expressions import MAX_LENGTH
from metering.models import BillableMetric
from metering.models.billable_metrics import WEIGHTED_INTERVALS
from metering.services import billable_metrics

Kind = BillableMetric.Aggregation
OF_PROPERTY = " ".join(kind for kind in Kind.values if kind not in (Kind.COUNT, Kind.CUSTOM))
MAY_RECUR = " ".join((Kind.SUM, Kind.UNIQUE_COUNT, Kind.WEIGHTED_SUM, Kind.CUSTOM))
NOT_CUSTOM = " ".join(kind for kind in Kind.values if kind != Kind.CUSTOM)
SHARED = ("name", "code", "aggregation_type", "field_name", "expression", "rounding_function")


class MetricForm(ActionForm):
    name = line("Name")
    code = line("Code", help_text="Events are sent with this code.")
    aggregation_type = one_of("Units are the", Kind.choices)
    field_name = line("Property", required=False, help_text="The property of events that is looked at.")
    total_units = line("Units after an event", required=False, max_length=MAX_LENGTH, help_text="An expression.")
    amount = line("Amount after an event", required=False, max_length=MAX_LENGTH, help_text="An expression.")
    recurring = yes("Goes on from period to period, as seats do", help_text="Else each period begins at zero.")
    description = paragraph("Description")
    rounding_function = picked("Round units", [("", "not at all"), *BillableMetric.Rounding.choices], required=False)
    rounding_precision = whole("Decimals kept", required=False, min_value=-15, max_value=15)
    expression = line(
        "Expression",
        required=False,
        max_length=MAX_LENGTH,
        help_text="Computes the property when an event comes in, such as event.properties.bytes / 1000.",
    )
    sample = RowsField(
        {"property": line("Property"), "value": line("Value", required=False)},
        label="An event with",
        required=False,
        adds="Add a property",
        help_text="What the expression makes of it stands beside the form.",
    )
    filters = RowsField(
        {
            "key": line("Property"),
            "values": line("Its values", max_length=None, help_text="With commas between them."),
        },
        label="Properties by whose values prices may differ",
        required=False,
        adds="Add a property",
        help_text="For example region, with the values eu, us, asia.",
    )
    groups = (
        Group("Filters", ("filters",)),
        Group("Rounding", ("rounding_function", "rounding_precision"), is_folded=True),
        Group("Expression, and an event to try it on", ("expression", "sample"), is_folded=True),
    )
    when = {
        "field_name": f"aggregation_type={OF_PROPERTY}",
        "recurring": f"aggregation_type={MAY_RECUR}",
        "total_units": f"aggregation_type={Kind.CUSTOM}",
        "amount": f"aggregation_type={Kind.CUSTOM}",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None and billable_metrics.is_in_use(self.subject):
            for name in [*self.fields]:
                if name not in ("name", "description", "filters", "reason"):
                    del self.fields[name]

    def clean_filters(self) -> list[dict[str, Any]]:
        """Return the filters as the service takes them."""
        rows = [{"key": row["key"], "values": listed(row["values"])} for row in self.cleaned_data["filters"]]
        if any(not row["values"] or max(map(len, row["values"])) > 255 for row in rows):
            raise forms.ValidationError("Each property has at least one value, of at most 255 characters.")
        return rows


def fields_of_metric(answers: Any) -> dict[str, Any]:
    """Return what was answered as the service takes it; what the chosen kind does not look at stays empty."""
    given = {name: answers[name] for name in (*SHARED, "description", "filters") if name in answers}
    kind = answers.get("aggregation_type")
    if kind is None:
        return given
    precision = answers["rounding_precision"]
    aggregator = {name: answers[name] for name in ("total_units", "amount") if answers[name]}
    return given | {
        "rounding_precision": None if precision is None else int(precision),
        "recurring": bool(answers["recurring"]) and kind in MAY_RECUR.split(),
        "weighted_interval": WEIGHTED_INTERVALS[0] if kind == Kind.WEIGHTED_SUM else "",
        "custom_aggregator": aggregator if kind == Kind.CUSTOM else {},
    }


def as_typed(metric: BillableMetric) -> dict[str, Any]:
    """Return what the form of a metric begins with."""
    filters = [{"key": row.key, "values": joined(row.values)} for row in metric.filters.order_by("pk")]
    names = (*SHARED, "description", "recurring", "rounding_precision")
    return {name: getattr(metric, name) for name in names} | metric.custom_aggregator | {"filters": filters}


def sample_properties(answers: Any) -> dict[str, object]:
    """Return the properties of the sample event: numbers as numbers, the rest as text."""
    return {row["property"]: _value(row["value"]) for row in answers.get("sample") or ()}


def _value(text: str) -> object:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() and abs(number.adjusted()) < 15 else text
