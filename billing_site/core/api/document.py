"""
The API's OpenAPI document, made from what views take (serializers) and answer (shapes), so that it cannot say more.

A view says `@extend_schema(request=..., responses=...)`; what is said there stands under the view's root key:

| `responses` | the answer's body |
|---|---|
| `PlanOutput` | `{"plan": …}`, in the shape that its `to_representation` returns |
| `PlanOutput(many=True)` | `{"plans": […], "meta": …}` |
| a TypedDict | just that |
| `None` | none |
"""

import functools
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes
from rest_framework import serializers

from billing_site.core.api import fields
from billing_site.core.api.authentication import ApiKeyAuthentication
from billing_site.core.api.errors import PHRASES
from billing_site.core.api.pagination import MAX_PAGE, MAX_PER_PAGE
from billing_site.core.api.shapes import Page, Refusal

REF = "#/components/schemas/{name}"
REFUSALS = (400, 401, 403, 404, 405, 409, 422, 429)
_PAGES = (("page", MAX_PAGE, "1"), ("per_page", MAX_PER_PAGE, "100"))


class Schema(AutoSchema):
    """Describes an operation; the words above are its rules."""

    view: Any

    def get_operation_id(self) -> str:
        """Return the method and the address in words."""
        return operation_id(self.method, self.path)

    def get_tags(self) -> list[str]:
        """Return the noun of the address."""
        return [tag(self.path)]

    def get_override_parameters(self) -> list[Any]:
        """Return how a list is asked for its pages, besides what the view says itself."""
        own = list(super().get_override_parameters())
        if not self._is_list(self._answered()):
            return own
        pages = [
            OpenApiParameter(name, {"type": "integer", "minimum": 1, "maximum": most, "default": int(default)})
            for name, most, default in _PAGES
        ]
        return [*own, *pages]

    def _answered(self) -> Any:
        return self.get_response_serializers()

    def _is_list(self, answered: Any) -> bool:
        return isinstance(answered, serializers.ListSerializer)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        return responses(self._content(self._answered()), self.shape(Refusal))

    def _content(self, answered: Any) -> dict[str, Any]:
        if answered is None or answered is OpenApiTypes.NONE:
            return {}
        if answered is OpenApiTypes.STR:
            return {"content": {"text/plain": {"schema": {"type": "string"}}}}
        return _json(self._body(answered))

    def _body(self, answered: Any) -> dict[str, Any]:
        if typing.is_typeddict(answered) or isinstance(answered, types.UnionType):
            return self.shape(answered)
        if self._is_list(answered):
            rows = {"type": "array", "items": self.shape(shape_of(answered.child))}
            return _object({self.view.plural: rows, "meta": self.shape(Page)})
        return _object({self.view.root or self.view.resource: self.shape(shape_of(force_instance(answered)))})

    def shape(self, shape: Any) -> dict[str, Any]:
        """Return the schema of a shape; what it consists of becomes components of the document."""
        schema, components = described(shape)
        for name, component in components.items():
            named = ResolvedComponent(name, ResolvedComponent.SCHEMA, component, name)
            self.registry.register_on_missing(named)
        return schema

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> tuple[Any, bool]:
        if typing.is_typeddict(serializer):
            return self.shape(serializer), True
        schema, is_required = super()._get_request_for_media_type(serializer, direction)
        if schema is None or self.view.takes_bare_bodies:
            return schema, is_required
        return _object({self.view.root or self.view.resource: schema}) | {"additionalProperties": {}}, True


def responses(content: Mapping[str, Any], refused: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation: the good one, and all refusals, which have one shape."""
    refusals = {str(status): {"description": PHRASES[status], **_json(refused)} for status in REFUSALS}
    return {"200": {"description": "Done", **content}, **refusals}


def operation_id(method: str, path: str) -> str:
    """Return the method and the address in words, which no two operations share."""
    words = path.removeprefix("/api/v1/").replace("{", "").replace("}", "").replace("/", "_")
    return f"{method.lower()}_{words}"


def tag(path: str) -> str:
    """Return the noun of an address."""
    return path.removeprefix("/api/v1/").split("/")[0]


def add(document: dict[str, Any], method: str, path: str, *, takes: Any, answers: Any, **more: Any) -> None:
    """Add an operation to a document whose view is none of the framework's; shapes say what it takes and answers."""
    schemas = document["components"]["schemas"]

    def of(shape: Any) -> dict[str, Any]:
        schema, components = described(shape)
        schemas.update(components)
        return _json(schema)

    body = {"requestBody": {**of(takes), "required": True}} if takes else {}
    document["paths"].setdefault(path, {})[method.lower()] = {
        "operationId": operation_id(method, path),
        "tags": [tag(path)],
        "security": [{"api_key": []}],
        **more,
        **body,
        "responses": responses(of(answers), {"$ref": REF.format(name="Refusal")}),
    }


def shape_of(output: serializers.BaseSerializer) -> Any:
    """Return the TypedDict that an output's `to_representation` says it returns."""
    shape = typing.get_type_hints(output.to_representation)["return"]
    assert typing.is_typeddict(shape), f"{type(output).__name__} does not say what it answers"
    return shape


@functools.cache
def described(shape: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON Schema of a shape and of all that it names, as the renderer writes them."""
    shapes = typing.get_args(shape) if isinstance(shape, types.UnionType) else (shape,)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=REF)
    written = [_as_written(schema) for schema in schemas]
    schema = written[0] if len(written) == 1 else {"anyOf": written}
    return schema, {_noun(name): _as_written(component) for name, component in components.items()}


def _noun(name: str) -> str:
    """A shape that is named for what it shows goes by that name alone."""
    return name.removeprefix("Shown")


def _as_written(schema: Any) -> Any:
    """A Decimal is written as a number, and an object has no key that its shape does not name."""
    if isinstance(schema, list):
        return [_as_written(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    if "$ref" in schema:
        return {"$ref": REF.format(name=_noun(schema["$ref"].rpartition("/")[2]))}
    written = {name: _as_written(part) for name, part in schema.items() if name not in ("title", "properties")}
    if "properties" in schema:
        keys = {name: _as_written(part) for name, part in schema["properties"].items()}
        written |= {"properties": keys, "additionalProperties": False}
    return written


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": dict(schema)}}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


class _Key(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "api_key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return how a key is sent."""
        return {"type": "http", "scheme": "bearer"}


class _Field(OpenApiSerializerFieldExtension):
    """How a field of ours is read."""

    match_subclasses = True
    schema: Mapping[str, Any] = {}

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of what is taken."""
        return dict(self.schema)


class _Decimal(_Field):
    target_class = fields.DecimalStringField
    schema = {"anyOf": [{"type": "string", "pattern": fields.DIGITS}, {"type": "number"}]}  # noqa: RUF012


class _Instant(_Field):
    target_class = fields.InstantField
    schema = {"type": "string", "format": "date-time"}  # noqa: RUF012


class _Code(_Field):
    target_class = fields.CodeField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of a code: text that is not empty, unless that is allowed."""
        shortest = {} if self.target.allow_blank else {"minLength": 1}
        return {"type": "string", "maxLength": self.target.max_length, **shortest}


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield method, address and description of each operation of a document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation
