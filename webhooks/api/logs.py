"""What happened, and what was asked of the API, as logs to read."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.pagination import paginate
from billing_site.core.api.views import ApiView
from billing_site.core.models import Activity, Organization
from webhooks.api.shapes import ActivityLog, ActivityLogs, ShownActivity, ShownApiLog
from webhooks.models import ApiLog
from webhooks.selectors import activities

METHODS = [(name, name) for name in ("post", "put", "patch", "delete")]


class _ActivityFilter(serializers.Serializer):
    """The filters of the address, read as strictly as a body is."""

    from_date = serializers.DateField(required=False)
    to_date = serializers.DateField(required=False)
    activity_types = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    activity_sources = serializers.ListField(
        child=serializers.ChoiceField(choices=list(activities.SOURCES)), required=False
    )
    user_emails = serializers.ListField(child=serializers.CharField(max_length=254), required=False)
    resource_types = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    resource_ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    external_customer_id = serializers.CharField(required=False, max_length=255)
    external_subscription_id = serializers.CharField(required=False, max_length=255)


class ActivityLogsView(ApiView):
    resource, plural = "activity_log", "activity_logs"

    @extend_schema(parameters=[_ActivityFilter], responses=ActivityLogs)
    def get(self, request: Request) -> Response:
        rows, meta = paginate(activities.find(self._wanted()), request.query_params)
        return Response({self.plural: written(rows), "meta": meta})

    def _wanted(self) -> activities.Wanted:
        """
        Return what is asked for; `name[]` is read as `name`.

        :raises ValidationError: (422) with the filter's name
        """
        params, given = self.request.query_params, dict[str, Any]()
        for name, field in _ActivityFilter().fields.items():
            values = [*params.getlist(f"{name}[]"), *params.getlist(name)]
            if values:
                given[name] = values if isinstance(field, serializers.ListField) else values[0]
        read = _ActivityFilter(data=given)
        read.is_valid(raise_exception=True)
        found = dict(read.validated_data)
        begin, end = found.pop("from_date", None), found.pop("to_date", None)
        return activities.Wanted(
            begin=_midnight(begin) if begin else None,
            end=_next_midnight(end) if end else None,
            types=found.pop("activity_types", ()),
            sources=found.pop("activity_sources", ()),
            **found,
        )


class ActivityLogView(ApiView):
    resource = "activity_log"

    @extend_schema(responses=ActivityLog)
    def get(self, request: Request, activity_id: UUID) -> Response:
        row = self.found(Activity.objects.all(), lago_id=activity_id)
        return Response({self.resource: written([row])[0]})


def written(rows: list[Activity]) -> list[ShownActivity]:
    """Return activities with all keys of Lago's log."""
    known, organization = activities.about(rows), Organization.objects.get().lago_id
    sources = {kind: source for source, kinds in activities.SOURCES.items() for kind in kinds}
    return [
        {
            "activity_id": row.lago_id,
            "activity_type": row.type,
            "activity_source": sources[row.actor_kind],
            "activity_object": {"lago_id": known[row.pk].resource_id, **row.details},
            "activity_object_changes": row.changes or None,
            "user_email": known[row.pk].user_email,
            "resource_id": known[row.pk].resource_id,
            "resource_type": activities.resource_type(row),
            "external_customer_id": known[row.pk].external_customer_id,
            "external_subscription_id": known[row.pk].external_subscription_id,
            "organization_id": organization,
            "logged_at": formats.instant(row.occurred_at),
            "created_at": formats.instant(row.occurred_at),
        }
        for row in rows
    ]


class ApiLogFilter(django_filters.FilterSet):
    from_date = django_filters.DateFilter(method="since")
    to_date = django_filters.DateFilter(method="until")
    http_methods = django_filters.MultipleChoiceFilter(field_name="http_method", choices=METHODS)
    http_statuses = django_filters.TypedMultipleChoiceFilter(
        method="of_statuses",
        choices=[(name, name) for name in ("succeeded", "failed", *map(str, range(100, 600)))],
    )
    api_version = django_filters.CharFilter()
    request_paths = django_filters.CharFilter(method="below")
    clients = django_filters.CharFilter(field_name="client")

    class Meta:
        model = ApiLog
        fields: list[str] = []

    def since(self, queryset: "QuerySet[Any]", name: str, value: Any) -> "QuerySet[Any]":
        """Return those of this day or later."""
        return queryset.filter(logged_at__gte=_midnight(value))

    def until(self, queryset: "QuerySet[Any]", name: str, value: Any) -> "QuerySet[Any]":
        """Return those of this day or earlier."""
        return queryset.filter(logged_at__lt=_next_midnight(value))

    def of_statuses(self, queryset: "QuerySet[Any]", name: str, value: list[str]) -> "QuerySet[Any]":
        """Return those that were answered so; "succeeded" and "failed" stand for all such statuses."""
        wanted = Q(http_status__in=[int(item) for item in value if item.isdigit()])
        if "succeeded" in value:
            wanted |= Q(http_status__lt=400)
        if "failed" in value:
            wanted |= Q(http_status__gte=400)
        return queryset.filter(wanted)

    def below(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Return those of a path and all below it."""
        path = "/" + value.strip("/")
        return queryset.filter(Q(request_path=path) | Q(request_path__startswith=f"{path}/"))


class ApiLogOutput(serializers.BaseSerializer):
    def to_representation(self, entry: ApiLog) -> ShownApiLog:
        """Return the request with all keys of Lago's log."""
        return {
            "request_id": entry.lago_id,
            "client": entry.client,
            "http_method": entry.http_method,
            "http_status": entry.http_status,
            "request_origin": entry.request_origin,
            "request_path": entry.request_path,
            "request_body": entry.request_body,
            "request_response": entry.request_response,
            "api_version": entry.api_version,
            "logged_at": formats.instant(entry.logged_at),
            "created_at": formats.instant(entry.logged_at),
        }


class ApiLogsView(ApiView):
    resource, plural = "api_log", "api_logs"

    @extend_schema(responses=ApiLogOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = ApiLog.objects.order_by("-logged_at", "-id")
        return self.listing(self.filtered(ApiLogFilter, rows), ApiLogOutput)


class ApiLogView(ApiView):
    resource = "api_log"

    @extend_schema(responses=ApiLogOutput)
    def get(self, request: Request, request_id: UUID) -> Response:
        return self.answer(self.found(ApiLog.objects.all(), lago_id=request_id), ApiLogOutput)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _next_midnight(day: date) -> datetime:
    """Return the end of a day; of the last one that the calendar has, its beginning."""
    return _midnight(day + timedelta(days=1) if day < date.max else day)
