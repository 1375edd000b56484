"""Which operations the API has, read from the URLconf."""

from collections.abc import Iterator

from django.urls import URLPattern, get_resolver

WRITING = ("POST", "PUT", "PATCH", "DELETE")


def routes() -> Iterator[tuple[str, type]]:
    """Yield every route below /api/v1 as it is spelled, with its view class."""
    for resolver in get_resolver().url_patterns:
        if str(resolver.pattern) == "api/v1/":
            for pattern in resolver.url_patterns:
                view = getattr(pattern.callback, "view_class", None) if isinstance(pattern, URLPattern) else None
                if view:
                    yield str(pattern.pattern), view


def operations() -> set[str]:
    """Return "METHOD route" of every operation that writes."""
    return {f"{method} {route}" for route, view in routes() for method in WRITING if hasattr(view, method.lower())}
