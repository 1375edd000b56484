import pytest

from billing_site.core.models import Activity
from metering.models import BillableMetric
from tests.admin.conftest import typed

CALLS = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}


def test_a_metric_made_by_hand_is_what_the_api_makes(desk):
    desk.make(
        BillableMetric,
        name="Traffic", code="traffic", aggregation_type="sum_agg", field_name="megabytes", recurring="on",
        rounding_function="ceil", rounding_precision="2", expression="event.properties.bytes / 1000",
        **{"filters-key": ["region", ""], "filters-values": ["eu, us,eu", ""]},
    )  # fmt: skip
    desk.api("post", "/billable_metrics", {"billable_metric": {
        "name": "Traffic", "code": "other", "aggregation_type": "sum_agg", "field_name": "megabytes",
        "recurring": True, "rounding_function": "ceil", "rounding_precision": 2,
        "expression": "event.properties.bytes / 1000", "filters": [{"key": "region", "values": ["eu", "us"]}],
    }})  # fmt: skip

    by_hand, by_api = (desk.api("get", f"/billable_metrics/{code}")["billable_metric"] for code in ("traffic", "other"))
    for shown in (by_hand, by_api):
        del shown["lago_id"], shown["code"]
    assert by_hand == by_api
    assert Activity.objects.filter(type="billable_metric.created", actor_kind="staff").count() == 1


def test_a_weighted_sum_and_a_metric_of_expressions(desk):
    desk.make(BillableMetric, name="Disks", code="disks", aggregation_type="weighted_sum_agg", field_name="gigabytes")
    desk.make(
        BillableMetric, name="Own", code="own", aggregation_type="custom_agg", field_name="left over",
        total_units="total_units + 1", amount="0",
    )  # fmt: skip

    assert BillableMetric.objects.get(code="disks").weighted_interval == "seconds"
    own = BillableMetric.objects.get(code="own")
    assert own.custom_aggregator == {"total_units": "total_units + 1", "amount": "0"}


@pytest.mark.parametrize(
    ("answers", "field", "says"),
    [
        ({"code": ""}, "code", "required"),
        ({"code": "taken"}, "code", "taken already"),
        ({"aggregation_type": "sum_agg"}, "field_name", "This is needed."),
        ({"aggregation_type": "nonsense"}, "aggregation_type", "valid choice"),
        ({"expression": "event.("}, "expression", "no expression"),
        ({"rounding_precision": "99"}, "rounding_precision", "less than or equal"),
        ({"name": "a\x00b"}, "name", "cannot be kept"),
        ({"filters-key": ["region"], "filters-values": [""]}, "filters", "Row 1, its values"),
        ({"filters-key": ["a", "a"], "filters-values": ["1", "2"]}, "filters", "taken already"),
        ({"aggregation_type": "custom_agg", "total_units": "("}, "total_units", "no expression"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_its_field(desk, answers, field, says):
    desk.make(BillableMetric, name="Taken", code="taken", aggregation_type="count_agg")

    page = desk.make(BillableMetric, **{**CALLS, **answers})

    assert page.status_code == 200
    assert says in str(page.context["form"].errors[field])
    assert BillableMetric.objects.count() == 1


def test_an_expression_is_tried_on_an_event_and_nothing_is_made(desk):
    answers = {
        "name": "Traffic", "code": "traffic", "aggregation_type": "sum_agg", "field_name": "megabytes",
        "expression": "event.properties.bytes / 1000", "sample-property": ["bytes"], "sample-value": ["2500"],
    }  # fmt: skip
    add = "/admin/metering/billablemetric/add/"

    shown = desk.client.post(add, {**answers, "rehearse": "1"}, HTTP_HX_REQUEST="true").content.decode()
    broken = desk.client.post(
        add, {**answers, "sample-value": ["many"], "rehearse": "1"}, HTTP_HX_REQUEST="true"
    ).content.decode()

    assert "Tried on the event" in shown
    assert "2.5" in shown
    assert "None:" in broken
    assert not BillableMetric.objects.exists()


def test_a_metric_opens_as_it_is_and_saving_it_changes_nothing(desk):
    desk.api("post", "/billable_metrics", {"billable_metric": {
        "name": "Traffic", "code": "traffic", "aggregation_type": "sum_agg", "field_name": "megabytes",
        "recurring": True, "rounding_function": "floor", "rounding_precision": -1,
        "filters": [{"key": "region", "values": ["eu", "us"]}],
    }})  # fmt: skip
    before, metric = desk.api("get", "/billable_metrics/traffic"), BillableMetric.objects.get()

    desk.act(metric, "edit", **typed(desk.form(metric, "edit")))

    assert desk.api("get", "/billable_metrics/traffic") == before
    assert Activity.objects.get(type="billable_metric.updated").changes == {}


def test_of_a_metric_in_use_only_words_and_filters_change(desk):
    made = desk.api("post", "/billable_metrics", {"billable_metric": CALLS})["billable_metric"]
    desk.api("post", "/plans", {"plan": {
        "name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
        "charges": [{"billable_metric_id": made["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}],
    }})  # fmt: skip
    metric = BillableMetric.objects.get()

    assert set(desk.form(metric, "edit").fields) == {"name", "description", "filters", "reason"}
    desk.act(metric, "edit", name="API calls", code="hacked", **{"filters-key": ["zone"], "filters-values": ["a"]})

    metric.refresh_from_db()
    assert (metric.name, metric.code, str(metric.filters.get())) == ("API calls", "calls", "zone: a")
    desk.act(metric, "delete")
    assert BillableMetric.objects.get().deleted_at is not None
