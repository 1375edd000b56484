"""?page and ?per_page, and Lago's meta block."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from billing_site.core.api.shapes import Page
from billing_site.core.errors import refuse

DEFAULT_PER_PAGE = 100
MAX_PER_PAGE = 1000
MAX_PAGE = 1_000_000


def paginate(queryset: "QuerySet[Any]", asked: Mapping[str, str]) -> tuple[list[Any], Page]:
    """
    Return the page's rows and its meta block; a larger page than is given is cut to that.

    :raises Invalid: (422) if a number is asked for that is none, or beyond all pages
    """
    page, per_page = _number(asked.get("page"), 1), _number(asked.get("per_page"), DEFAULT_PER_PAGE)
    refuse(
        {
            ("page", "value_is_invalid"): page is None or page > MAX_PAGE,
            ("per_page", "value_is_invalid"): per_page is None,
        }
    )
    return _page(queryset, max(page or 1, 1), min(max(per_page or 1, 1), MAX_PER_PAGE))


def _page(queryset: "QuerySet[Any]", page: int, per_page: int) -> tuple[list[Any], Page]:
    total = queryset.count()
    pages = -(-total // per_page)
    rows = list(queryset[(page - 1) * per_page : page * per_page])
    meta: Page = {
        "current_page": page if total else 0,
        "next_page": page + 1 if page < pages else None,
        "prev_page": page - 1 if 1 < page <= pages + 1 else None,
        "total_pages": pages,
        "total_count": total,
    }
    return rows, meta


def _number(text: str | None, default: int) -> int | None:
    """Return a whole number, zero among them, which asks for the first page as it does at Lago; None if it is none."""
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
