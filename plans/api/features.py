from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from plans.api.entitlement_serializers import FeatureInput, FeatureOutput, FeatureUpdate
from plans.models import Feature, Privilege
from plans.services import features


def rows() -> "QuerySet[Any]":
    """Return the live features with their privileges, newest first."""
    found: QuerySet[Any] = Feature.objects.live().prefetch_related("privileges").order_by("-created_at", "-id")
    return found


class FeaturesView(ApiView):
    resource, plural = "feature", "features"

    @extend_schema(responses=FeatureOutput(many=True))
    def get(self, request: Request) -> Response:
        found, term = rows(), request.query_params.get("search_term")
        if term:
            found = found.filter(Q(code__icontains=term) | Q(name__icontains=term))
        return self.listing(found, FeatureOutput)

    @extend_schema(request=FeatureInput, responses=FeatureOutput)
    def post(self, request: Request) -> Response:
        feature = features.create(now=timezone.now(), **self.read(FeatureInput))
        return self.answer(rows().get(pk=feature.pk), FeatureOutput)


class FeatureView(ApiView):
    resource = "feature"

    @extend_schema(responses=FeatureOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(rows(), code=code), FeatureOutput)

    @extend_schema(request=FeatureUpdate, responses=FeatureOutput)
    def put(self, request: Request, code: str) -> Response:
        feature = features.update(self.found(rows(), code=code), now=timezone.now(), **self.read(FeatureUpdate))
        return self.answer(rows().get(pk=feature.pk), FeatureOutput)

    @extend_schema(responses=FeatureOutput)
    def delete(self, request: Request, code: str) -> Response:
        found = self.found(rows(), code=code)
        features.delete(found, now=timezone.now())
        return self.answer(found, FeatureOutput)


class PrivilegeView(ApiView):
    resource = "feature"

    @extend_schema(responses=FeatureOutput)
    def delete(self, request: Request, code: str, privilege_code: str) -> Response:
        feature = self.found(rows(), code=code)
        privilege = self.found(Privilege.objects.live(), "privilege", feature=feature, code=privilege_code)
        features.delete_privilege(privilege, now=timezone.now())
        return self.answer(rows().get(pk=feature.pk), FeatureOutput)
