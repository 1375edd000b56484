"""Analytics as Lago shows them: lists without pages, by month and currency."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from billing_site.core.models import Organization
from billing_site.core.periods import add_months, local_date
from customers.api.serializers import CountryField
from customers.models import BillingEntity, Customer
from invoicing.api import figure_shapes
from invoicing.selectors import analytics
from invoicing.selectors.analytics import Scope

MOST_MONTHS = 1200
GRANULARITIES = {"daily": "day", "weekly": "week", "monthly": "month"}
LENGTHS = {"day": timedelta(days=1), "week": timedelta(days=7)}


class ScopeInput(serializers.Serializer):
    currency = fields.CurrencyField(required=False)
    months = fields.BoundedIntegerField(required=False, min_value=1, max_value=MOST_MONTHS)
    external_customer_id = fields.CodeField(required=False)
    billing_entity_code = fields.CodeField(required=False)


class UsageScopeInput(ScopeInput):
    time_granularity = serializers.ChoiceField(choices=list(GRANULARITIES), default="monthly")
    from_date = serializers.DateField(required=False)
    to_date = serializers.DateField(required=False)
    customer_type = serializers.ChoiceField(choices=Customer.CustomerType.choices, required=False)
    customer_country = CountryField()
    external_subscription_id = fields.CodeField(required=False)
    is_billable_metric_recurring = serializers.BooleanField(required=False, allow_null=True, default=None)
    plan_code = fields.CodeField(required=False)
    billable_metric_code = fields.CodeField(required=False)


class AnalyticsView(ApiView):
    """Reads what the address asks for."""

    resource = "analytic"

    def asked(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """Return what the address asks for; what is empty is not asked."""
        given = serializer_class(data={name: value for name, value in self.request.query_params.items() if value})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def scope(self, asked: dict[str, Any]) -> Scope:
        """Return the months asked for, up to the running one: so many, or all since the company was founded."""
        zone = BillingEntity.objects.values_list("timezone", flat=True).get(is_default=True)
        today = local_date(timezone.now(), zone)
        founded = local_date(Organization.objects.values_list("created_at", flat=True).get(), zone)
        code, months = asked.get("billing_entity_code"), asked.get("months")
        return Scope(
            first=add_months(today.replace(day=1), 1 - months, anchor_day=1) if months else founded,
            last=today,
            currency=asked.get("currency"),
            external_customer_id=asked.get("external_customer_id"),
            billing_entity_id=self.found(BillingEntity.objects.all(), "billing_entity", code=code).pk if code else None,
        )


class MonthsView(AnalyticsView):
    """The figures of one statement, a row for each month, currency and what else it parts by."""

    statement: ClassVar[str]
    shape: ClassVar[Any]

    def get(self, request: Request) -> Response:
        rows = analytics.read(self.statement, self.scope(self.asked(ScopeInput)))
        return Response({self.plural: [self._row(row) for row in rows]})

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {name: row[name] for name in self.shape.__annotations__}
        return {**shown, "month": f"{row['month'].isoformat()}T00:00:00.000Z"}


@extend_schema_view(get=extend_schema(parameters=[ScopeInput], responses=figure_shapes.GrossRevenues))
class GrossRevenueView(MonthsView):
    plural, statement, shape = "gross_revenues", analytics.GROSS_REVENUE, figure_shapes.GrossRevenue


@extend_schema_view(get=extend_schema(parameters=[ScopeInput], responses=figure_shapes.InvoiceCollections))
class InvoiceCollectionView(MonthsView):
    plural, statement, shape = "invoice_collections", analytics.INVOICE_COLLECTION, figure_shapes.InvoiceCollection


@extend_schema_view(get=extend_schema(parameters=[ScopeInput], responses=figure_shapes.InvoicedUsages))
class InvoicedUsageView(MonthsView):
    plural, statement, shape = "invoiced_usages", analytics.INVOICED_USAGE, figure_shapes.InvoicedUsage


@extend_schema_view(get=extend_schema(parameters=[ScopeInput], responses=figure_shapes.OverdueBalances))
class OverdueBalanceView(MonthsView):
    plural, statement, shape = "overdue_balances", analytics.OVERDUE_BALANCE, figure_shapes.OverdueBalance


@extend_schema_view(get=extend_schema(parameters=[ScopeInput], responses=figure_shapes.Mrrs))
class MrrView(MonthsView):
    """Lago's figure, and beside it what has moved it since the month before."""

    plural, statement, shape = "mrrs", analytics.MRR, figure_shapes.Mrr


class UsageView(AnalyticsView):
    plural = "usages"

    @extend_schema(parameters=[UsageScopeInput], responses=figure_shapes.Usages)
    def get(self, request: Request) -> Response:
        asked = self.asked(UsageScopeInput)
        scope = self.scope(asked)
        scope = replace(scope, first=asked.get("from_date") or scope.first, last=asked.get("to_date") or scope.last)
        granularity = GRANULARITIES[asked["time_granularity"]]
        filters = {name: asked.get(name) or None for name in analytics.USAGE_FILTERS}
        filters["is_recurring"] = asked["is_billable_metric_recurring"]
        rows = analytics.usage(scope, granularity, **filters)
        organization = Organization.objects.values_list("lago_id", flat=True).get()
        return Response({self.plural: [_usage(row, granularity, organization) for row in rows]})


def _usage(row: dict[str, Any], granularity: str, organization: UUID) -> figure_shapes.UsageFigure:
    start = row["start"]
    following = add_months(start, 1, anchor_day=1) if granularity == "month" else start + LENGTHS[granularity]
    return {
        "organization_id": organization,
        "start_of_period_dt": start.isoformat(),
        "end_of_period_dt": (following - LENGTHS["day"]).isoformat(),
        "billable_metric_code": row["code"],
        "is_billable_metric_deleted": row["is_deleted"],
        "units": formats.decimal_string(row["units"]),
        "amount_cents": row["amount_cents"],
        "amount_currency": row["currency"],
    }
