"""Texts from a file."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice.actions import importing
from shuke.insight.voice.errors import UnreadableTexts
from shuke.insight.voice.forms import FileForm
from shuke.insight.voice.pages.framing import frame
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_SHOWN = 50


@page("voice.manage", methods=("GET", "POST"))
def take(request: Request) -> HttpResponse:
    """Take the texts of a file; rows that cannot be read are listed with their reason, all others are in."""
    form = FileForm(request.POST or None, request.FILES or None)
    context = {**frame(request, "texts"), "form": form, "most": importing.MOST_ROWS}
    if request.method != "POST":
        return render(request, "voice/file.html", context)
    if form.is_valid():
        said = form.cleaned_data
        try:
            done = importing.take_file(
                said["file"].read(), kind=said["kind"], shop=form.shops.get(said["shop"]),
                zone=request.company.time_zone, by=request.actor, now=request.now,
            )  # fmt: skip
        except UnreadableTexts as refusal:
            form.add_error("file", str(refusal))
        else:
            facts = {name: formats.number(getattr(done, name)) for name in ("created", "known", "labelled")}
            messages.success(
                request, _("%(created)s texts are taken, %(known)s were known; %(labelled)s have a label.") % facts
            )
            if not done.refused:
                return redirect("voice:texts")
            context |= {"refused": done.refused[:_SHOWN], "refused_count": len(done.refused)}
            return render(request, "voice/file.html", context)
    return render(request, "voice/file.html", context, status=422)
