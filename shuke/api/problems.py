"""Problem documents (RFC 9457): the one place where a refusal becomes an HTTP answer."""

import json
import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import AuthenticationError, HttpError, ValidationError

from shuke.kernel.errors import ShukeError

CONTENT_TYPE = "application/problem+json"
_log = logging.getLogger("shuke.api")


def of(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the problem document of anything that can go wrong in an operation."""
    status, code, detail, facts = _read(error)
    if status >= 500:
        _log.exception("API call failed: %s %s", request.method, request.path, exc_info=error)
    body = {
        "type": f"urn:shuke:problem:{code}",
        "title": _title(status),
        "status": status,
        "code": code,
        "detail": detail,
    }
    # What was sent may be quoted, and half of a surrogate pair is no text that could be sent back.
    said = json.dumps(body | facts, ensure_ascii=False, default=str).encode(errors="replace")
    response = HttpResponse(said, status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="shuke"'
    if retry_after := facts.get("retry_after"):
        response["Retry-After"] = str(retry_after)
    return response


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer addresses under the API's at which there is nothing: programs want no HTML."""
    return of(request, Http404())


def _read(error: Exception) -> tuple[int, str, str, dict[str, Any]]:
    """Return status, code, detail and further members."""
    if isinstance(error, ShukeError):
        return error.kind.value, error.code, str(error), dict(error.facts)
    if isinstance(error, ValidationError):
        wrong = [{"field": ".".join(map(str, fault["loc"])), "message": fault["msg"]} for fault in error.errors]
        return 422, "api.invalid_request", _("The request is not what this operation expects."), {"errors": wrong}
    if isinstance(error, HttpError) and not isinstance(error, AuthenticationError):
        return error.status_code, "api.bad_request", str(error), {}
    known: dict[type[Exception], tuple[int, str, str]] = {
        AuthenticationError: (401, "api.unknown_key", _("Send a working API key as “Authorization: Bearer …”.")),
        Http404: (404, "api.not_found", _("There is nothing at this address.")),
        RequestDataTooBig: (413, "api.too_large", _("The request is too large. Send fewer items at once.")),
    }
    failed = (500, "api.failed", _("Something went wrong on our side. Nothing is lost: try again later."))
    status, code, detail = next((found for kind, found in known.items() if isinstance(error, kind)), failed)
    return status, code, detail, {}


def _title(status: int) -> str:
    titles = {
        400: _("Bad request"), 401: _("Unknown key"), 403: _("Not allowed"), 404: _("Not found"), 409: _("Conflict"),
        413: _("Too large"), 422: _("Invalid"), 429: _("Too many calls"), 503: _("Not available now"),
    }  # fmt: skip
    return titles.get(status, _("Failed"))
