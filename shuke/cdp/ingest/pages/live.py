"""Live events: what arrives, as it arrives, and what becomes of it."""

import json

from django.http import Http404, HttpResponse
from django.shortcuts import render

from shuke.cdp.customers import queries as customers
from shuke.cdp.ingest.pages import wording
from shuke.cdp.ingest.queries import letters, live
from shuke.cdp.ingest.queries import sources as queries
from shuke.cdp.ingest.rules import personal, reading
from shuke.platform.http import panels
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("sources.view")
def index(request: Request) -> HttpResponse:
    """Show the newest events; the list renews itself."""
    chosen = request.GET.get("source", "")
    found = live.newest(
        source_id=int(chosen) if chosen.isdecimal() else None,
        name=request.GET.get("name", "").strip()[:80],
        outcome=request.GET.get("outcome", ""),
    )
    rows = [(one, wording.outcome(one.outcome), wording.tone(one.outcome), wording.reason(one.reason)) for one in found]
    context = {
        "rows": rows, "sources": queries.sources(), "letters": letters.waiting(), "chosen": chosen,
        "outcomes": [(code, wording.outcome(code)) for code in live.OUTCOMES],
        "perms_letters": may(request, "sources.manage"), "panels": panels.drawn("ingest.live", 0, request),
    }  # fmt: skip
    template = "ingest/_live_rows.html" if request.htmx else "ingest/live.html"
    return render(request, template, context)


@page("sources.view")
def detail(request: Request, inbox_id: int, number: int) -> HttpResponse:
    """Show one event: as it came (to those who may see contacts), as it was read, and what became of it."""
    found = live.arrival(inbox_id, number)
    if found is None:
        raise Http404
    may_read = may(request, "sources.manage") and may(request, "customers.view_contacts")
    logged = live.logged_as(found)
    customer_id = logged["customer"] if logged else None
    context = {
        "event": found, "outcome": wording.outcome(found.outcome), "tone": wording.tone(found.outcome),
        "reason": wording.reason(found.reason), "is_raw": may_read, "text": _text(found.raw, in_clear=may_read),
        "logged": json.dumps(logged, indent=2, ensure_ascii=False) if logged else "",
        "findings": [(finding, wording.problem(finding.problem)) for finding in found.findings],
        "customer": customers.uuids_of([customer_id]).get(customer_id) if customer_id else None,
        "letters": letters.waiting(),
    }  # fmt: skip
    return render(request, "ingest/live_event.html", context)


def _text(raw: bytes, *, in_clear: bool) -> str:
    """The event as it came; for those who may not see contacts with markers in their place."""
    try:
        said, _is_mended = reading.event(raw)
    except reading.Refused:
        return raw.decode("utf-8", "replace") if in_clear else ""
    return json.dumps(said if in_clear else personal.cleaned(said), indent=2, ensure_ascii=False)
