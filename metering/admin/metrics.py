from django.contrib import admin

from billing_site.core.admin.base import RowsInline, StaffAdmin
from metering.models import BillableMetric, BillableMetricFilter


class FilterInline(RowsInline):
    model = BillableMetricFilter
    fields = ("key", "values")


@admin.register(BillableMetric)
class BillableMetricAdmin(StaffAdmin):
    list_display = ("name", "code", "aggregation_type", "field_name", "rounding_function")
    list_filter = ("aggregation_type",)
    empty_says = "A metric says what is counted. “Make a metric” above, then put a price on it in a plan."
    search_fields = ("name__istartswith", "code__istartswith")
    inlines = (FilterInline,)
