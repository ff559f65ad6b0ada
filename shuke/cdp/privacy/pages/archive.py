"""Where a person fetches their archive: public, through a link that opens once."""

from django.http import HttpResponse
from django.shortcuts import render

from shuke.cdp.privacy import errors
from shuke.cdp.privacy.actions import archives
from shuke.platform.http.pages import ANYONE, page
from shuke.platform.http.request import Request


@page(ANYONE, methods=("GET", "POST"))
def archive(request: Request, token: str) -> HttpResponse:
    """Ask whether to fetch the archive now (looking changes nothing), and hand it out once when told to."""
    try:
        if request.method == "POST":
            return _file(archives.fetch(token, now=request.now))
        found = archives.find_by_token(token, now=request.now)
    except errors.LinkSpent as spent:
        return render(request, "privacy/archive_gone.html", {"why": spent}, status=404)
    return render(request, "privacy/archive_fetch.html", {"archive": found, "token": token})


def _file(content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": 'attachment; filename="your-data.zip"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/zip", headers=headers)
