"""To be written."""

from django.http import HttpRequest, HttpResponse


def mail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Not built yet."""
    return HttpResponse(status=501)


def message(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Not built yet."""
    return HttpResponse(status=501)
