"""The outbox: staff mail, where no mail server is set."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.notices import queries as notices
from shuke.web import letters


@page("team.manage")
def mail(request: Request) -> HttpResponse:
    """List the letters, newest first."""
    context = {
        "letters": letters.visible_to(request.user), "has_mail_server": notices.mail_server() is not None,
        "may_configure": may(request, "notices.configure"),
    }  # fmt: skip
    return render(request, "web/outbox.html", context)


@page("team.manage")
def message(request: Request, name: str) -> HttpResponse:
    """Show one letter."""
    letter = letters.find(name, request.user)
    if letter is None:
        raise Http404
    return render(request, "web/outbox_message.html", {"letter": letter})


@page("team.manage")
def enclosed(request: Request, name: str, number: int) -> HttpResponse:
    """Hand over a file that a letter brings along."""
    letter = letters.find(name, request.user)
    if letter is None or number >= len(letter.files):
        raise Http404
    found = letter.files[number]
    answer = HttpResponse(found.content, content_type=found.kind)
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name)
    return answer
