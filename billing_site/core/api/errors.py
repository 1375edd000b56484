"""One shape for every refusal: Lago's keys, plus `message`, a sentence for a person. Always JSON, never a trace."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from billing_site.core.errors import BillingError, Invalid

log = logging.getLogger(__name__)

PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
# DRF's words for what is wrong with a field → Lago's.
CODES = {
    "required": "value_is_mandatory",
    "null": "value_is_mandatory",
    "blank": "value_is_mandatory",
    "empty": "value_is_mandatory",
    "max_length": "value_is_too_long",
    "min_length": "value_is_too_short",
    "max_value": "value_is_out_of_range",
    "min_value": "value_is_out_of_range",
    "max_string_length": "value_is_out_of_range",
    "max_digits": "value_is_out_of_range",
    "max_whole_digits": "value_is_out_of_range",
    "max_decimal_places": "value_is_out_of_range",
    "overflow": "value_is_out_of_range",
    "not_a_list": "must_be_array",
}
# A code already in Lago's words is passed on; any other word of DRF's means an unusable value.
_DRF_WORDS = {
    "invalid",
    "invalid_choice",
    "not_a_dict",
    "does_not_exist",
    "incorrect_type",
    "null_characters_not_allowed",
}


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer for what a view raised; None lets it crash (500, logged)."""
    for kinds, answered in _ANSWERS:
        if isinstance(error, kinds):
            return answered(error)
    return None


def answer(status: int, *, error: str | None = None, message: str = "", **parts: Any) -> Response:
    """Return an error in Lago's shape."""
    body = {"status": status, "error": error or PHRASES.get(status, "Error"), **parts}
    if message:
        body["message"] = message
    return Response(body, status=status)


def details(detail: Any) -> Any:
    """Return DRF's tree of errors in Lago's words: field → list of codes."""
    if isinstance(detail, Mapping):
        return {str(field): details(value) for field, value in detail.items()}
    if isinstance(detail, list | tuple):
        if any(isinstance(item, Mapping) for item in detail):
            return {str(index): details(item) for index, item in enumerate(detail) if item}
        return sorted({_code(item) for item in detail})
    return [_code(detail)]


def _code(item: Any) -> str:
    code = str(getattr(item, "code", "") or item)
    if code in CODES:
        return CODES[code]
    return "value_is_invalid" if code in _DRF_WORDS else code


def _billing_error(error: BillingError) -> Response:
    parts: dict[str, Any] = {"code": error.code}
    if isinstance(error, Invalid):
        parts["error_details"] = error.details
    return answer(error.status, message=error.message, **parts)


def _database_refusal(error: DataError | IntegrityError) -> Response:
    """The database has the last word; a race that only its constraints saw is the caller's to repeat."""
    log.warning("refused by the database: %s", error)
    if isinstance(error, DataError):
        return answer(422, code="validation_errors", error_details={"base": ["value_is_invalid"]})
    return answer(422, code="validation_errors", error_details={"base": ["value_already_exist"]})


# The first kind that fits answers; narrower kinds stand before wider ones.
_ANSWERS: tuple[tuple[Any, Callable[[Any], Response]], ...] = (
    (BillingError, _billing_error),
    (
        exceptions.ValidationError,
        lambda error: answer(422, code="validation_errors", error_details=details(error.detail)),
    ),
    (
        (exceptions.ParseError, exceptions.UnsupportedMediaType),
        lambda error: answer(400, error=f"BadRequest: {error.detail}", code="bad_request"),
    ),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), lambda error: answer(401, code="unauthorized")),
    (exceptions.PermissionDenied, lambda error: answer(403, code=str(error.detail))),
    (PermissionDenied, lambda error: answer(403, code="forbidden")),
    ((Http404, exceptions.NotFound), lambda error: answer(404, code="resource_not_found")),
    (exceptions.APIException, lambda error: answer(error.status_code, code=error.default_code)),
    ((DataError, IntegrityError), _database_refusal),
)


@csrf_exempt  # the API knows no cookies; without a view of its own a writing method would be asked for their token
def route_not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer an unknown address below /api with JSON."""
    return JsonResponse({"status": 404, "error": "Not Found", "code": "resource_not_found"}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer what Django refuses before a view sees it, a body over MAX_BODY_BYTES for one; below /api with JSON."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    code = "body_too_large" if isinstance(exception, RequestDataTooBig) else "bad_request"
    return JsonResponse({"status": 400, "error": "Bad Request", "code": code}, status=400)


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer what should not have happened: JSON, without a word about the inside."""
    return JsonResponse({"status": 500, "error": "Internal Server Error", "code": "internal_error"}, status=500)
