"""How long which data is kept."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.privacy import actions, forms, queries
from shuke.cdp.privacy.actions import retention as keeping
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.jobs.actions import enqueue
from shuke.platform.manifest import retention


@page("privacy.configure", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and change the terms; count what they would remove; remove it now."""
    found = queries.settings()
    days = {f"days_{kind.name}": keeping.days_for(kind) for kind in retention().values()}
    initial = {"due_days": found.due_days, "archive_hours": found.archive_hours, **days}
    form = forms.Terms(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_settings(form.terms(), by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The terms are saved."))
            return redirect("privacy:retention")
    labels = {kind.name: kind.label for kind in retention().values()}
    runs = [
        (run, [(labels.get(name, name), count) for name, count in run.report.items()]) for run in queries.last_runs()
    ]
    kinds = [form[f"days_{name}"] for name in retention()]
    context = {"form": form, "kinds": kinds, "runs": runs}
    return render(request, "privacy/retention.html", context, status=422 if form.is_bound else 200)


@page("privacy.configure", methods=("POST",))
def dry_run(request: Request) -> HttpResponse:
    """Count what a run would remove now."""
    keeping.dry_run(by=request.actor, now=request.now)
    return redirect("privacy:retention")


@page("privacy.configure", methods=("POST",))
def run(request: Request) -> HttpResponse:
    """Remove what is too old, as background work."""
    with transaction.atomic():
        job = enqueue(
            "privacy.apply_retention", now=request.now, by=request.actor, dedupe_key="privacy.apply_retention"
        )
    return redirect("web:job", job.pk)
