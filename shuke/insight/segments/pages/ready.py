"""Pages of the types of consumers: what there is, and taking one over."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuke.cdp.warehouse.errors import WarehouseError
from shuke.insight.segments import queries
from shuke.insight.segments.actions import compute, define
from shuke.insight.segments.errors import NothingToAnalyse
from shuke.insight.segments.queries import ready
from shuke.insight.segments.queries.sentences import sentence
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("segments.view")
def types(request: Request) -> HttpResponse:
    """List the types of consumers, each with its rule in words and what the data lacks for it."""
    try:
        missing = ready.missing()
    except WarehouseError:
        missing = {}
    names = {name for _uuid, name in queries.choices()}
    shown = [
        {
            "type": one, "sentence": sentence(*queries.checked(one.rule)), "missing": missing.get(one.code, []),
            "taken": str(one.name) in names,
        }
        for one in ready.TYPES
    ]  # fmt: skip
    return render(request, "segments/ready.html", {"types": shown, "may_edit": may(request, "segments.edit")})


@page("segments.edit", methods=("POST",))
def adopt(request: Request, code: str) -> HttpResponse:
    """Save a type as a segment of one's own, with its members where they are quickly worked out."""
    chosen = ready.BY_CODE.get(code)
    if chosen is None:
        raise Http404
    try:
        made = define.create(
            name=str(chosen.name),
            description=str(chosen.description),
            rule=chosen.rule,
            by=request.actor,
            now=request.now,
        )
        compute.recompute_if_small(made, by=request.actor, now=request.now)
    except (NothingToAnalyse, WarehouseError):
        return redirect("segments:list")
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("segments:ready")
    return redirect("segments:detail", uuid=made.uuid)
