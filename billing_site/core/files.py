"""Stored files over HTTP, so that a browser shows or saves them and never runs them."""

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse

SHOWN = frozenset({"application/pdf"})


def stored(path: str, *, name: str, content_type: str) -> FileResponse:
    """
    Return a file of the default storage as an answer.

    :raises FileNotFoundError: if it is not there
    """
    return answer(default_storage.open(path), name=name, content_type=content_type)


def answer(content: Any, *, name: str, content_type: str) -> FileResponse:
    """Return an open file as an answer: PDFs to be looked at, all else to be saved; never kept by others."""
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=300"}
    is_saved = content_type not in SHOWN
    return FileResponse(content, as_attachment=is_saved, filename=name, content_type=content_type, headers=headers)
