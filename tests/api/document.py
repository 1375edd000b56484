"""The API's own document as a judge of answers."""

import functools
import json
import re
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema_rs import Draft202012Validator

CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@functools.cache
def document() -> dict[str, Any]:
    """Return the document as it is served."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


def path(route: str) -> str:
    """Return the address of a route as the document spells it."""
    return "/api/v1/" + CONVERTER.sub(r"{\1}", route.removeprefix("api/v1/"))


def faults(response: Any) -> list[str]:
    """Return in words how an answer differs from what the document says of it; nothing if it does not."""
    match, method = response.resolver_match, response.request["REQUEST_METHOD"].lower()
    operation = document()["paths"].get(path(match.route), {}).get(method)
    if operation is None:
        return [f"{method} {match.route} is not in the document"] if response.status_code < 400 else []
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        return [f"{response.status_code} is not in the document"]
    content = described.get("content")
    if content is None:
        return [f"there is a body: {response.content[:100]!r}"] if response.content else []
    [(kind, media)] = content.items()
    if not response.headers.get("Content-Type", "").startswith(kind):
        return [f"is {response.headers.get('Content-Type')} instead of {kind}"]
    value = json.loads(response.content) if kind == "application/json" else response.content.decode()
    return _words(media["schema"], value)


def told_faults(body: Any) -> list[str]:
    """Return in words how the body of a webhook differs from what the document says of its type."""
    described = document()["webhooks"].get(body["webhook_type"])
    if described is None:
        return [f"{body['webhook_type']} is not in the document"]
    schema = described["post"]["requestBody"]["content"]["application/json"]["schema"]
    return _words(schema, body)


def _words(schema: Any, value: Any) -> list[str]:
    found = _judge(json.dumps(schema)).iter_errors(value)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message:.300}" for error in found]


@functools.cache
def _judge(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": document()["components"]}
    return Draft202012Validator(whole, validate_formats=True)
