"""What the company decides about warnings and lists, and what is said on the telephone."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.crm.team import queries
from shuke.crm.team.actions import configuring
from shuke.crm.team.forms import SettingsForm
from shuke.crm.team.queries import wording
from shuke.crm.team.rules import REASONS, TeamSettings
from shuke.crm.team.rules.scripts import LANGUAGES, PLACEHOLDERS, USUAL
from shuke.kernel.errors import ShukeError
from shuke.kernel.money import from_minor, to_minor
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page(queries.PLAN, methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and change the line, the alerts, the list, and how many calls a day each person makes."""
    now, currency = queries.settings(), request.company.currency or "USD"
    initial = now.model_dump() | {
        "risk_line": round(now.risk_line * 100), "holdout": round(now.holdout * 100),
        "alert_min": from_minor(now.alert_min_minor, currency) if now.alert_min_minor else None,
    }  # fmt: skip
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        least = said.pop("alert_min")
        values = TeamSettings(**said | {
            "risk_line": said["risk_line"] / 100, "holdout": said["holdout"] / 100,
            "alert_min_minor": to_minor(least, currency) if least else 0,
        })  # fmt: skip
        configuring.configure(values, by=request.actor, now=request.now)
        per_day = {
            int(name.removeprefix("calls-")): int(count)
            for name, count in request.POST.items()
            if name.removeprefix("calls-").isdecimal()
            and isinstance(count, str)
            and count.isdecimal()
            and len(count) < 6
        }
        configuring.set_capacities(per_day, by=request.actor, now=request.now)
        messages.success(request, _("The changes are saved."))
        return redirect("team:settings")
    capacities = queries.capacities()
    context = {
        "form": form, "people": [(one, capacities[one.pk]) for one in queries.callers()],
        "rules": [(wording.reason(code), wording.HOLDS[code]) for code in REASONS],
    }  # fmt: skip
    return render(request, "team/settings.html", context, status=422 if form.is_bound else 200)


@page(queries.PLAN, methods=("GET", "POST"))
def scripts(request: Request) -> HttpResponse:
    """Show and change what is said, for each reason in each language."""
    if request.method == "POST":
        reason, language = request.POST.get("reason", ""), request.POST.get("language", "")
        if (reason, language) not in USUAL:
            raise Http404
        text = USUAL[reason, language] if request.POST.get("usual") else request.POST.get("text", "")[:4_000]
        try:
            configuring.write_script(reason, language, text, by=request.actor, now=request.now)
        except ShukeError as refusal:
            messages.error(request, _(str(refusal.message)) % refusal.facts)
        else:
            messages.success(request, _("The changes are saved."))
        return redirect("team:scripts")
    written = queries.scripts()
    shown = [
        (
            code,
            wording.reason(code),
            [(one, written[code, one], written[code, one] != USUAL[code, one]) for one in LANGUAGES],
        )
        for code in REASONS
    ]
    places = ["{" + name + "}" for name in PLACEHOLDERS]
    return render(request, "team/scripts.html", {"scripts": shown, "places": places})
