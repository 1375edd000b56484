"""Middleware: the id of each request, and who acts in it."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from billing_site.core import activity
from billing_site.core.logs import request_id

_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestIdMiddleware:
    """Takes a sane X-Request-Id or makes one, keeps it for log lines and activities, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        mark = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        token = request_id.set(mark)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = mark
        return response


class ActorMiddleware:
    """Names the signed-in member of staff as the actor; the API's authentication names the key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and user.is_staff:
            label = user.get_full_name() or user.get_username()
            actor = activity.Actor("staff", str(user.pk), label)
        else:
            actor = activity.SYSTEM
        with activity.acting_as(actor):
            return self.get_response(request)
