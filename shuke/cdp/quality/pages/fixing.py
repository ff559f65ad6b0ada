"""Mending everybody with a flaw, watching it, and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuke.cdp.quality import actions
from shuke.cdp.quality.actions import mending
from shuke.cdp.quality.models import Fix, FixState, Flaw
from shuke.cdp.quality.pages.cards import called, url_of
from shuke.cdp.quality.pages.overview import shown_mend
from shuke.cdp.quality.queries import measuring as queries
from shuke.cdp.quality.rules.flaws import Mend
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import queries as jobs

_LISTED = 200


@page("quality.fix", methods=("POST",))
def start(request: Request, code: str) -> HttpResponse:
    """Mend everybody with a flaw."""
    if code not in Flaw.values:
        raise Http404
    try:
        made = actions.start(code, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("quality:flaw", code)
    return redirect("quality:fix", made.uuid)


@page("quality.view")
def fix(request: Request, uuid: UUID) -> HttpResponse:
    """Show how far a fix is, and after its undo what was left."""
    shown = _fix(uuid)
    job = jobs.find(shown.job_id)
    sees_contacts = may(request, "customers.view_contacts")
    refused = [
        {
            "name": called(request, row.customer),
            "url": url_of(row.customer),
            "mend": shown_mend(Mend(row.field, *mending.images_of(row)), sees_contacts=sees_contacts),
        }
        for row in queries.refused_of(shown).order_by("pk")[:_LISTED]
    ]
    context = {
        "fix": shown,
        "job": job if job and shown.state in (FixState.RUNNING, FixState.UNDOING) else None,
        "refused": refused,
        "may_undo": shown.state == FixState.DONE and shown.changed and may(request, "quality.fix"),
    }
    return render(request, "quality/fix.html", context)


@page("quality.fix", methods=("POST",))
def undo(request: Request, uuid: UUID) -> HttpResponse:
    """Give back every value that a fix changed."""
    shown = _fix(uuid)
    try:
        actions.undo(shown, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("quality:fix", uuid)


def _fix(uuid: UUID) -> Fix:
    found = queries.find_fix(uuid)
    if found is None:
        raise Http404
    return found
