"""What to put into a shop so that it sends: a snippet, a server call, a mini program."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from shuke.cdp.ingest.errors import UnknownSource
from shuke.cdp.ingest.models import ConsentMode
from shuke.cdp.ingest.queries import sources as queries
from shuke.cdp.ingest.rules import addresses
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

WAYS = ("browser", "server", "mini_program")


@page("sources.view")
def guide(request: Request, uuid: UUID) -> HttpResponse:
    """Show what to paste, with the key and the address of this installation in it."""
    try:
        source = queries.source(uuid)
    except UnknownSource as unknown:
        raise Http404 from unknown
    way = request.GET.get("way", "")
    if way not in WAYS:
        way = source.kind if source.kind in WAYS else "browser"
    host = settings.SHUKE_PUBLIC.url
    context = {
        "source": source, "way": way, "host": host, "script": host + addresses.SCRIPT,
        "events": host + addresses.EVENTS,
        "needs_consent": source.consent_mode == ConsentMode.REQUIRED,
    }  # fmt: skip
    context |= {f"is_{one}": one == way for one in WAYS}
    return render(request, "ingest/install.html", context)
