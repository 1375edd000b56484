"""Middleware: the log of writing requests."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from billing_site.core import activity
from billing_site.core.logs import request_id
from webhooks.calculations import redaction
from webhooks.models import ApiLog
from webhooks.services import api_logs

PREFIX, VERSION = "/api/v1", "v1"
WRITING = ("POST", "PUT", "PATCH", "DELETE")
INTAKE = ("/events", "/events/batch")


class ApiLogMiddleware:
    """Keeps each writing request of a known key with its answer; those of event intake are counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in WRITING or not request.path.startswith(f"{PREFIX}/"):
            return self.get_response(request)
        path = request.path.removeprefix(PREFIX)
        if path in INTAKE:
            response = self.get_response(request)
            _when_committed(lambda: api_logs.count(path, response.status_code, now=timezone.now()))
            return response
        asked = _body(request)
        response = self.get_response(request)
        actor = activity.actor()
        if actor.kind == "api_key":
            _when_committed(lambda: api_logs.write(_entry(request, path, asked, response)))
        return response


def _when_committed(log: Callable[[], None]) -> None:
    """
    Do it at once, or when an open transaction commits: what undoes a request's transaction undoes its log too.

    What fails here is noted and fails no request. (Django names the function then, which a partial has no name for.)
    """
    transaction.on_commit(log, robust=True)


def _body(request: HttpRequest) -> bytes:
    """Return the body before the view takes it; of one too long to be kept, or to be taken at all, only that it is."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        return b""
    if int(length) > min(redaction.LONGEST, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return b" " * (redaction.LONGEST + 1)
    return request.body


def _entry(request: HttpRequest, path: str, asked: bytes, response: HttpResponse) -> ApiLog:
    return ApiLog(
        mark=request_id.get(),
        api_key=activity.actor().label[:255],
        client=_text(request.headers.get("User-Agent", ""))[:255],
        api_version=VERSION,
        http_method=str(request.method).lower(),
        http_status=response.status_code,
        request_origin=request.build_absolute_uri("/")[:255],
        request_path=_text(path)[:1024],
        request_body=redaction.kept(asked) or {},
        request_response=None if response.streaming else redaction.kept(response.content),
        logged_at=timezone.now(),
    )


def _text(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
