"""Pages of audiences that leave the house."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.crm.audiences import errors, queries
from shuke.crm.audiences.actions import destinations, telling
from shuke.crm.audiences.forms import ChangeForm, DestinationForm
from shuke.crm.audiences.models import Destination, Run
from shuke.insight.segments import queries as segments
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page(queries.VIEW)
def listing(request: Request) -> HttpResponse:
    """Show which audiences go where."""
    is_archived = request.GET.get("state") == "archived"
    context = {
        "destinations": queries.destinations(is_archived=is_archived), "is_archived": is_archived,
        "may_manage": may(request, queries.MANAGE),
    }  # fmt: skip
    return render(request, "audiences/list.html", context)


@page(queries.MANAGE, methods=("GET", "POST"))
def create(request: Request) -> HttpResponse:
    """Set up a destination; the secret of a webhook is shown once."""
    form = DestinationForm(request.POST or None, initial={"segment": request.GET.get("segment", "")})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            segment = segments.by_uuid(UUID(said.pop("segment")))
            made, secret = destinations.create(segment=segment, **said, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(refusal.facts.get("field"), str(refusal.message))
        else:
            if secret:
                return render(request, "audiences/secret.html", {"destination": made, "secret": secret})
            return redirect("audiences:detail", made.uuid)
    return render(request, "audiences/new.html", {"form": form}, status=422 if form.is_bound else 200)


@page(queries.VIEW, methods=("GET", "POST"))
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show what the other side holds and what each run did; change name and rhythm."""
    found = _find(uuid)
    manages = may(request, queries.MANAGE)
    initial = {"name": found.name, "every_hours": found.every_hours}
    form = ChangeForm(request.POST if manages and request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        destinations.change(found, **form.cleaned_data, by=request.actor, now=request.now)
        messages.success(request, _("The changes are saved."))
        return redirect("audiences:detail", uuid)
    context = {
        "destination": found, "form": form, "runs": queries.runs_of(found), "held": queries.held_by(found),
        "may_manage": manages,
    }  # fmt: skip
    return render(request, "audiences/detail.html", context, status=422 if form.is_bound else 200)


@page(queries.MANAGE, methods=("POST",))
def sync(request: Request, uuid: UUID) -> HttpResponse:
    """Bring the other side up to date soon."""
    destinations.ask(_find(uuid), by=request.actor, now=request.now)
    messages.success(request, _("The audience is brought up to date in the background."))
    return redirect("audiences:detail", uuid)


@page(queries.MANAGE, methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Put a destination away."""
    destinations.archive(_find(uuid), by=request.actor, now=request.now)
    messages.success(request, _("It is told nothing more."))
    return redirect("audiences:list")


@page(queries.MANAGE)  # type: ignore[arg-type]  # a file is no HttpResponse by name only
def download(request: Request, uuid: UUID) -> HttpResponseBase:
    """Hand out the file of a run."""
    run = Run.objects.select_related("destination").filter(uuid=uuid).first()
    if run is None:
        raise Http404
    try:
        path = telling.note_download(run, by=request.actor, now=request.now)
    except errors.UnknownDestination as gone:
        raise Http404 from gone
    name = f"audience-{run.began_at:%Y%m%d-%H%M}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


def _find(uuid: UUID) -> Destination:
    try:
        return queries.by_uuid(uuid)
    except errors.UnknownDestination as unknown:
        raise Http404 from unknown
