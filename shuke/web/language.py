"""The language switch."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from shuke.platform.http.pages import ANYONE, page
from shuke.platform.http.request import Request
from shuke.web.actions import profile as actions

_REMEMBERED_FOR_SECONDS = 365 * 24 * 3600


@page(ANYONE, methods=("POST",))
def switch(request: Request) -> HttpResponse:
    """Remember a language: in the account of whoever is logged in, and in the browser for the log-in page."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(target if is_ours else "/")
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        actions.change(request.user, now=request.now, language=language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_REMEMBERED_FOR_SECONDS,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
    return response
