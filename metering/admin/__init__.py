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
    search_fields = ("name__istartswith", "code__istartswith")
    inlines = (FilterInline,)
