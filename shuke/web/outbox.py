"""The outbox: staff mail, where no mail server is set."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.web import letters


@page("team.manage")
def mail(request: Request) -> HttpResponse:
    """List the letters, newest first."""
    return render(request, "web/outbox.html", {"letters": letters.visible_to(request.user)})


@page("team.manage")
def message(request: Request, name: str) -> HttpResponse:
    """Show one letter."""
    letter = letters.find(name, request.user)
    if letter is None:
        raise Http404
    return render(request, "web/outbox_message.html", {"letter": letter})
