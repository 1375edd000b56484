from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel

WEIGHTED_INTERVALS = ("seconds",)


class BillableMetric(DeletableModel):
    """How events of one code become units."""

    class Aggregation(models.TextChoices):
        COUNT = "count_agg", "number of events"
        SUM = "sum_agg", "sum of a property"
        MAX = "max_agg", "greatest value of a property"
        UNIQUE_COUNT = "unique_count_agg", "distinct values of a property"
        LATEST = "latest_agg", "latest value of a property"
        WEIGHTED_SUM = "weighted_sum_agg", "running sum of a property, averaged over time"
        CUSTOM = "custom_agg", "result of expressions of its own"

    class Rounding(models.TextChoices):
        ROUND = "round", "half up"
        CEIL = "ceil", "up"
        FLOOR = "floor", "down"

    code = models.CharField(max_length=255, help_text="Events are sent with this code.")
    name = models.CharField(max_length=255)
    description = models.CharField(max_length=600, blank=True)
    aggregation_type = models.CharField("units are the", max_length=30, choices=Aggregation.choices)
    field_name = models.CharField("property", max_length=255, blank=True)
    recurring = models.BooleanField(default=False)
    weighted_interval = models.CharField(max_length=20, blank=True)
    rounding_function = models.CharField(max_length=10, choices=Rounding.choices, blank=True)
    rounding_precision = models.SmallIntegerField(null=True, blank=True)
    expression = models.TextField(blank=True, help_text="Computes the property when an event comes in.")
    # Some charge is paid in advance for it: its events are told to the floors above. Set by plans and never taken back,
    # for being told once too often costs little.
    is_paid_at_once = models.BooleanField(default=False, editable=False)
    custom_aggregator = models.JSONField(
        default=dict, blank=True, help_text="Expressions for total_units and amount, applied event by event."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="metric_code_unique"),
            models.CheckConstraint(
                condition=Q(aggregation_type__in=["count_agg", "custom_agg"]) | ~Q(field_name=""),
                name="metric_property_given",
            ),
            models.CheckConstraint(
                condition=Q(recurring=False) | ~Q(aggregation_type__in=["count_agg", "max_agg", "latest_agg"]),
                name="metric_may_recur",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="metric_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def stream_code(self) -> str:
        """The code under which its events are kept: its own, until it is deleted and they are put aside."""
        return self.code if self.deleted_at is None else f"{self.code[:200]} (deleted {self.lago_id})"


class BillableMetricFilter(BaseModel):
    """A property of events by whose values prices may differ."""

    billable_metric = models.ForeignKey(BillableMetric, models.CASCADE, related_name="filters")
    key = models.CharField(max_length=255)
    values = ArrayField(models.CharField(max_length=255))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["billable_metric", "key"], name="metric_filter_key_unique")]

    def __str__(self) -> str:
        return f"{self.key}: {', '.join(self.values)}"
