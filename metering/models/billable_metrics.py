from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing_site.core.models import BaseModel, DeletableModel


class BillableMetric(DeletableModel):
    """How events of one code become units."""

    class Aggregation(models.TextChoices):
        COUNT = "count_agg", "number of events"
        SUM = "sum_agg", "sum of a property"
        MAX = "max_agg", "greatest value of a property"
        UNIQUE_COUNT = "unique_count_agg", "distinct values of a property"
        LATEST = "latest_agg", "latest value of a property"

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
    expression = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(deleted_at=None), name="metric_code_unique"),
            models.CheckConstraint(
                condition=Q(aggregation_type="count_agg") | ~Q(field_name=""), name="metric_property_given"
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="metric_newest")]

    def __str__(self) -> str:
        return self.name


class BillableMetricFilter(BaseModel):
    """A property of events by whose values prices may differ."""

    billable_metric = models.ForeignKey(BillableMetric, models.CASCADE, related_name="filters")
    key = models.CharField(max_length=255)
    values = ArrayField(models.CharField(max_length=255))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["billable_metric", "key"], name="metric_filter_key_unique")]

    def __str__(self) -> str:
        return f"{self.key}: {', '.join(self.values)}"
