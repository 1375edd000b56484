"""?page and ?per_page, and Lago's meta block."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

DEFAULT_PER_PAGE = 100
MAX_PER_PAGE = 1000


def paginate(queryset: "QuerySet[Any]", request: Request) -> tuple[list[Any], dict[str, int | None]]:
    """Return the page's rows and its meta block; a page number that is no number counts as the first."""
    page = _positive(request.query_params.get("page"), 1, 1_000_000)
    per_page = _positive(request.query_params.get("per_page"), DEFAULT_PER_PAGE, MAX_PER_PAGE)
    total = queryset.count()
    pages = -(-total // per_page)
    rows = list(queryset[(page - 1) * per_page : page * per_page])
    meta = {
        "current_page": page if total else 0,
        "next_page": page + 1 if page < pages else None,
        "prev_page": page - 1 if 1 < page <= pages + 1 else None,
        "total_pages": pages,
        "total_count": total,
    }
    return rows, meta


def _positive(text: str | None, default: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 12:
        return default
    return min(max(int(text), 1), most)
