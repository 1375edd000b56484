"""The webhooks in the API's document: each type with the shape that its kind is written in."""

from typing import Any

from billing_site.core.api.document import described
from webhooks import catalogue


def with_webhooks(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Return the document with the body of each type of webhook."""
    schemas = result["components"]["schemas"]
    result["webhooks"] = {
        name: {
            "post": {
                "operationId": name,
                "requestBody": {"content": {"application/json": {"schema": _body(source, name, schemas)}}},
                "responses": {"200": {"description": "Taken; so is any other 2xx"}},
            }
        }
        for source in catalogue.SOURCES.values()
        for name in source.types
    }
    return result


def _body(source: catalogue.Source, name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    told = _told(source, schemas)
    properties = {
        "webhook_type": {"const": name},
        "object_type": {"const": source.kind.object_type},
        "organization_id": {"type": "string", "format": "uuid"},
        source.kind.object_type: told,
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _told(source: catalogue.Source, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the object, and of what the activity says itself."""
    schema, components = described(source.kind.shape)
    schemas.update(components)
    if not source.details and not source.says:
        return schema
    whole = components[schema["$ref"].rpartition("/")[2]]
    own: dict[str, Any] = {source.details: {}}
    if source.says:
        said, further = described(source.says)
        schemas.update(further)
        own = further[said["$ref"].rpartition("/")[2]]["properties"]
    return {**whole, "properties": whole["properties"] | own, "required": sorted({*whole["required"], *own})}
