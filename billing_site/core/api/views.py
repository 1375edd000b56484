"""The base of every API view: one root key in, one root key out, lists with meta."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from billing_site.core import rate_limits
from billing_site.core.api.pagination import paginate
from billing_site.core.errors import Invalid, NotFound, TooManyRequests


class ApiView(APIView):
    """A view names its `resource`, which is the root key, the scope of keys and the word in `<resource>_not_found`."""

    resource = ""
    plural = ""
    # The root key of one object, where that is not the resource.
    root = ""
    # Whether what is taken in has no root key.
    takes_bare_bodies = False
    # Whether a POST with an Idempotency-Key is answered once (core/api/idempotency.py). Not where the view waits for
    # somebody else's machine, which must not be done in a transaction.
    keeps_answers = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Count the request, besides what DRF asks first: the key, and what it may do.

        :raises TooManyRequests: (429) if the key has had its share of this minute
        """
        super().initial(request, *args, **kwargs)
        key: Any = request.auth
        self.standing = rate_limits.take(key, now=timezone.now())
        if self.standing is not None and self.standing.is_over:
            raise TooManyRequests("This key has made its requests of this minute.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say where the key stands, in the headers that clients read."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if standing := getattr(self, "standing", None):
            response["X-RateLimit-Limit"] = str(standing.limit)
            response["X-RateLimit-Remaining"] = str(standing.remaining)
            response["X-RateLimit-Reset"] = str(standing.reset)
            if standing.is_over:
                response["Retry-After"] = str(standing.reset)
        return response

    def payload(self, root: str | None = None) -> dict[str, Any]:
        """
        Return what stands under the root key of the body.

        :raises ParseError: (400) if it is missing or no object
        """
        body = self.request.data
        name = root or self.root or self.resource
        if not isinstance(body, Mapping) or not isinstance(body.get(name), Mapping):
            raise ParseError(f"param is missing or the value is empty: {name}")
        return dict(body[name])

    def read(self, serializer_class: type[Serializer], **context: Any) -> dict[str, Any]:
        """
        Return the checked input under the root key; unknown keys are dropped, or refused if the request prefers so.

        :raises ValidationError: (422) field by field
        """
        data = self.payload()
        serializer = serializer_class(data=data, context={"request": self.request, **context})
        if "handling=strict" in self.request.headers.get("Prefer", "").replace(" ", ""):
            unknown = sorted(set(data) - set(serializer.fields))
            if unknown:
                raise Invalid({name: ["unknown_key"] for name in unknown})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, item: Any, serializer_class: type[BaseSerializer], root: str | None = None) -> Response:
        """Return the object under its root key."""
        return Response(
            {root or self.root or self.resource: serializer_class(item, context={"request": self.request}).data}
        )

    def listing(
        self,
        queryset: "QuerySet[Any]",
        serializer_class: type[BaseSerializer],
        prepare: Callable[[list[Any]], None] | None = None,
    ) -> Response:
        """Return one page under the plural key, with meta; `prepare` may load what the page's rows need."""
        rows, meta = paginate(queryset, self.request.query_params)
        if prepare:
            prepare(rows)
        data = serializer_class(rows, many=True, context={"request": self.request}).data
        return Response({self.plural: data, "meta": meta})

    def filtered(self, filterset_class: Any, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """
        Return the queryset under the filters of the address; `name[]` is read as `name`.

        :raises Invalid: (422) with the filter's name
        """
        params = self.request.query_params.copy()
        for name in [name for name in params if name.endswith("[]")]:
            params.setlist(name[:-2], params.getlist(name))
        found = filterset_class(params, queryset=queryset, request=self.request)
        if not found.form.is_valid():
            raise Invalid({name: ["value_is_invalid"] for name in found.form.errors})
        filtered: QuerySet[Any] = found.qs
        return filtered

    def found(self, queryset: "QuerySet[Any]", resource: str | None = None, **lookup: Any) -> Any:
        """
        Return the one row.

        :raises NotFound: (404) `<resource>_not_found`
        """
        row = queryset.filter(**lookup).first()
        if row is None:
            raise NotFound(resource or self.resource)
        return row
