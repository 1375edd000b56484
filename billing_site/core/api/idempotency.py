"""Middleware: Idempotency-Key on POSTs of the API."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, ParseError

from billing_site.core import idempotency
from billing_site.core.api import authentication, errors
from billing_site.core.errors import BillingError
from billing_site.core.models import ApiKey

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"


class IdempotencyMiddleware:
    """Does a POST with an Idempotency-Key in one transaction with the keeping of its answer, or answers as before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.headers.get(HEADER)
        if name is None or request.method != "POST" or not _is_kept_once(request):
            return self.get_response(request)
        try:
            key = authentication.find(request.headers.get("Authorization", ""), now=timezone.now())
            asked = idempotency.fingerprint(request.get_full_path().encode(), request.body)
        except AuthenticationFailed:
            return self.get_response(request)  # which answers that
        except RequestDataTooBig:
            return _refusal(ParseError("The body is too large."))
        try:
            return self._once(request, key, name, asked)
        except (BillingError, IntegrityError) as error:  # what is checked at commit is found out only here
            return _refusal(error)

    def _once(self, request: HttpRequest, key: ApiKey, name: str, asked: str) -> HttpResponse:
        with transaction.atomic():
            kept = idempotency.claim(key, name, asked, now=timezone.now())
            if kept is not None:
                return HttpResponse(
                    kept.body, status=kept.status, content_type=kept.content_type, headers={REPLAYED: "true"}
                )
            response = self.get_response(request)
            if response.status_code < 400 and not response.streaming:
                answer = idempotency.Answer(
                    response.status_code, response.content.decode(), response.headers.get("Content-Type", "")
                )
                idempotency.keep(key, name, asked, answer, now=timezone.now())
            elif response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _refusal(error: Exception) -> JsonResponse:
    answer: Any = errors.handle(error, {})
    return JsonResponse(answer.data, status=answer.status_code)


def _is_kept_once(request: HttpRequest) -> bool:
    """Test if the view keeps its answers: those of the API do, but for those that say otherwise."""
    try:
        view = getattr(resolve(request.path_info).func, "view_class", None)
    except Resolver404:
        return False
    return bool(getattr(view, "keeps_answers", False))
