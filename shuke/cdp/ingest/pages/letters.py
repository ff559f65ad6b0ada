"""Dead letters: events that could not be taken, to be read, mended, replayed or discarded."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.ingest import actions, forms
from shuke.cdp.ingest.errors import UnknownLetter
from shuke.cdp.ingest.models import DeadLetter, LetterState
from shuke.cdp.ingest.pages import wording
from shuke.cdp.ingest.queries import letters as queries
from shuke.cdp.ingest.queries import sources
from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("sources.manage")
def index(request: Request) -> HttpResponse:
    """List dead letters, newest first."""
    state = request.GET.get("state", "")
    state = state if state in LetterState.values else LetterState.OPEN
    chosen, reason = request.GET.get("source", ""), request.GET.get("reason", "")
    source_id = int(chosen) if chosen.isdecimal() else None
    found = paginate(
        queries.letters(state=state, source_id=source_id, reason=reason), request, keys=("-last_at", "-id")
    )
    names = sources.names()
    context = {
        "page": found, "rows": [(one, names.get(one.source_id, ""), wording.reason(one.reason)) for one in found.rows],
        "state": state, "states": LetterState.choices, "reason": reason, "chosen": chosen, "source_id": source_id,
        "reasons": [(code, wording.reason(code), count) for code, count in queries.reasons(state=state).items()],
        "sources": sources.sources(), "letters": queries.waiting(), "is_open": state == LetterState.OPEN,
    }  # fmt: skip
    return render(request, "ingest/letters.html", context)


@page("sources.manage", methods=("GET", "POST"))
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one dead letter; replay it, mended if its text was changed."""
    letter = _letter(uuid)
    shown = queries.text_of(letter)
    form = forms.MendForm(request.POST or None, initial={"text": shown})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        try:
            actions.replay(
                letter.pk, text=None if text.strip() == shown.strip() else text, by=request.actor, now=request.now
            )
        except ShukeError as no:
            form.add_error("text", str(no))
        else:
            messages.success(request, _("The event is on its way again."))
            return redirect("ingest:letters")
    context = {
        "letter": letter, "form": form, "reason": wording.reason(letter.reason), "source": sources.names().get(letter.source_id, ""),
        "is_open": letter.state == LetterState.OPEN, "letters": queries.waiting(),
    }  # fmt: skip
    return render(request, "ingest/letter.html", context, status=422 if form.is_bound else 200)


@page("sources.manage", methods=("POST",))
def discard(request: Request, uuid: UUID) -> HttpResponse:
    """Say that an event is not wanted."""
    try:
        actions.discard(_letter(uuid).pk, by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("The event is discarded."))
    return redirect("ingest:letters")


@page("sources.manage", methods=("POST",))
def settle(request: Request) -> HttpResponse:
    """Replay or discard the letters of one reason together."""
    reason, chosen = request.POST.get("reason", ""), request.POST.get("source", "")
    source_id = int(chosen) if chosen.isdecimal() else None
    if request.POST.get("act") == "discard":
        count = actions.discard_all(reason=reason, source_id=source_id, by=request.actor, now=request.now)
        said = ngettext("%(count)d event is discarded.", "%(count)d events are discarded.", count)
    else:
        count = actions.replay_all(reason=reason, source_id=source_id, by=request.actor, now=request.now)
        said = ngettext("%(count)d event is on its way again.", "%(count)d events are on their way again.", count)
    messages.success(request, said % {"count": count})
    return redirect("ingest:letters")


def _letter(uuid: UUID) -> DeadLetter:
    try:
        return queries.letter(uuid)
    except UnknownLetter as unknown:
        raise Http404 from unknown
