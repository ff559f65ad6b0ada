"""The audit log."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.platform.audit import queries
from shuke.platform.audit.models import AuditEntry
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats
from shuke.web import forms, labels


@page("audit.view")
def log(request: Request) -> HttpResponse:
    """List changes, newest first, by who, what, on what and when."""
    form = forms.AuditFilter(request.GET or None, actors=queries.actors(), verbs=_verbs())
    entries = queries.entries()
    if form.is_valid():
        entries = _filtered(entries, form.cleaned_data)
    found = paginate(entries, request, keys=("-at", "-id"))
    rows = [{"entry": entry, "verb": labels.verb(entry.verb), "facts": _facts(entry)} for entry in found.rows]
    return render(request, "web/audit.html", {"form": form, "page": found, "rows": rows})


def _verbs() -> list[tuple[str, str]]:
    return [(code, str(labels.verb(code))) for code in queries.verbs()]


def _filtered(entries: QuerySet[AuditEntry], said: dict[str, Any]) -> QuerySet[AuditEntry]:
    for field in ("actor", "verb"):
        if said[field]:
            entries = entries.filter(**{field: said[field]})
    if said["target"]:
        entries = entries.filter(target__startswith=said["target"])
    if said["since"]:
        entries = entries.filter(at__gte=_midnight(said["since"]))
    if said["until"]:
        entries = entries.filter(at__lt=_midnight(said["until"] + timedelta(days=1)))
    return entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _facts(entry: AuditEntry) -> list[tuple[str, str]]:
    return [
        (str(labels.fact(key)), _said(value)) for key, value in entry.summary.items() if value not in ("", None, [], {})
    ]


def _said(value: Any) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case list():
            return formats.listed(value)
        case dict():
            return formats.listed(f"{labels.fact(key)} {_said(inner)}" for key, inner in value.items())
    return str(value)
