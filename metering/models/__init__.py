from metering.models.billable_metrics import BillableMetric, BillableMetricFilter
from metering.models.events import Event, EventKey, EventStream

__all__ = ["BillableMetric", "BillableMetricFilter", "Event", "EventKey", "EventStream"]
