"""What every request carries: the moment, the company, the actor, the person's language and time zone."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation

from shuke.kernel.clock import utcnow
from shuke.platform.company import queries as company
from shuke.platform.staff.actor import Actor

# What works before there is a company.
_OPEN_BEFORE_SETUP = ("/start/", "/setup/", "/language/", "/static/", "/api/")


class RequestContext:
    """Set ``request.now``, ``request.company``, ``request.actor``, and activate language and time zone.

    Language: the person's own choice, else the cookie, else the browser's, else the company's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request in the language and zone of whoever asks."""
        request.now = utcnow()  # type: ignore[attr-defined]
        request.company = company.find_company()  # type: ignore[attr-defined]
        staff = request.user if request.user.is_authenticated else None
        request.actor = Actor.of(staff) if staff else None  # type: ignore[attr-defined]
        language = (staff and staff.language) or translation.get_language_from_request(request)
        zone = (staff and staff.time_zone) or (request.company and request.company.time_zone) or "UTC"  # type: ignore[attr-defined]
        with translation.override(language), timezone.override(_zone(zone)):
            request.LANGUAGE_CODE = language
            response = self._answer(request)
            response.headers.setdefault("Content-Language", language)
            if staff:
                response.headers.setdefault("Cache-Control", "no-store")
            return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """Let the request through, or send it to the page that explains how to set up."""
        company_here = request.company  # type: ignore[attr-defined]
        is_set_up = company_here is not None and company_here.name
        if not is_set_up and not request.path.startswith(_OPEN_BEFORE_SETUP):
            return HttpResponseRedirect(reverse("web:start"))
        return self.get_response(request)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
