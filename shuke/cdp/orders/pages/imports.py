"""The way of a file in: upload, columns, check, import, report, undo."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from shuke.cdp.orders import actions, forms
from shuke.cdp.orders.errors import ChangedSince, InvalidMapping, OrdersError, UnreadableFile
from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.models import ImportState, OrderImport
from shuke.cdp.orders.pages import layouts, report
from shuke.cdp.orders.pages.preview import preview_of
from shuke.cdp.orders.pages.uploading import StraightToDisk
from shuke.cdp.orders.queries import imports as queries
from shuke.cdp.orders.queries import undo as undo_queries
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules import presets
from shuke.cdp.orders.rules.mapping import Mapping
from shuke.cdp.orders.rules.refusals import Refused
from shuke.platform.company import queries as company
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

_AT_WORK = {ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING}


@page("orders.import")
def index(request: Request) -> HttpResponse:
    """List past and present imports, newest first."""
    shown = paginate(queries.all_imports(), request, keys=("-id",), per_page=25)
    rows = [{"made": made, "tone": report.TONES[made.state], "summary": report.summary(made)} for made in shown.rows]
    return render(request, "orders/imports.html", {"page": shown, "rows": rows})


def _upload(request: Request) -> HttpResponse:
    """Show the upload form; take in the file and go on to its columns."""
    handler = StraightToDisk(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _receive(request, handler)


@csrf_protect
def _receive(request: Request, handler: StraightToDisk) -> HttpResponse:
    shops = company.shops()
    first = shops[0].name if shops else request.company.name
    is_sent = request.method == "POST"
    form = forms.Upload(request.POST if is_sent else None, request.FILES if is_sent else None, initial={"shop": first})
    if handler.refusal is not None:
        form.is_valid()
        form.errors.pop("file", None)
        form.add_error("file", str(handler.refusal))
    elif request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            made = actions.register(
                upload.received,
                file_name=upload.name,
                shop_name=form.cleaned_data["shop"],
                by=request.actor,
                now=request.now,
            )
        except UnreadableFile as refusal:
            form.add_error("file", str(refusal))
        else:
            return _first_look(request, made, form)
    return _upload_page(request, form)


def _upload_page(request: Request, form: forms.Upload) -> HttpResponse:
    context = {
        "form": form,
        "shops": company.shops(),
        "layouts": layouts.LAYOUTS.values(),
        "limit": actions.limit_bytes(),
    }
    return render(request, "orders/import_upload.html", context)


def _first_look(request: Request, made: OrderImport, form: forms.Upload) -> HttpResponse:
    """Go on to the columns if the file can be read at all; else forget it and say why."""
    try:
        actions.look(made)
    except UnreadableFile as refusal:
        actions.discard(made, by=request.actor, now=request.now)
        form.add_error("file", str(refusal))
        return _upload_page(request, form)
    return redirect("orders:import_page", made.uuid)


# The permission is checked before the body is read, the token after the upload handler is in place.
upload = csrf_exempt(page("orders.import", methods=("GET", "POST"))(_upload))


@page("orders.import")
def show(request: Request, uuid: UUID) -> HttpResponse:
    """Show an import at whatever point it is."""
    made = _import(uuid)
    actions.settle(made, now=request.now)
    if made.state == ImportState.UPLOADED or (request.GET.get("columns") and report.is_mappable(made)):
        return _columns_page(request, made)
    context: dict[str, Any] = {"made": made, "tone": report.TONES[made.state], "steps": report.steps(made)}
    if made.state in _AT_WORK:
        context["job"] = queries.job_of(made)
        return render(request, "orders/import_progress.html", context)
    context |= report.context(made)
    if made.state == ImportState.CHECKED:
        return render(request, "orders/import_check.html", context)
    if request.GET.get("undo") and made.state in report.UNDOABLE:
        context |= {"changed": undo_queries.changed_since(made), "records": queries.images_of(made).count()}
        return render(request, "orders/import_undo.html", context)
    return render(request, "orders/import_report.html", context)


def _columns_page(request: Request, made: OrderImport, form: forms.Columns | None = None) -> HttpResponse:
    try:
        seen = actions.look(made)
    except UnreadableFile as refusal:
        messages.error(request, str(refusal))
        return redirect("orders:imports")
    preset = request.GET.get("preset", "")
    mapping: Mapping | None
    if form is None:
        mapping = queries.preset_mapping(made, seen, preset) if preset in presets.PRESETS else _present(made, seen)
        form = _form(seen, initial=forms.initial_of(mapping))
    else:
        mapping = _mapping_of(form)
    context = {
        "made": made,
        "form": form,
        "seen": seen,
        "steps": report.steps(made, at_columns=True),
        "preview": preview_of(seen, mapping),
        "layouts": layouts.LAYOUTS.values(),
        "layout": layouts.LAYOUTS.get(mapping.preset) if mapping else None,
        "is_remembered": not made.mapping and not preset and queries.is_remembered(made, seen["headers"]),
    }
    return render(request, "orders/import_columns.html", context)


def _present(made: OrderImport, seen: dict[str, Any]) -> Mapping:
    """The mapping settled before, or else a proposal."""
    return mappings.from_json(made.mapping) if made.mapping else queries.proposed_mapping(made, seen)


def _form(seen: dict[str, Any], *args: Any, **kwargs: Any) -> forms.Columns:
    return forms.Columns(
        *args, headers=seen["headers"], sheets=seen["sheets"], is_workbook=seen["is_workbook"], **kwargs
    )


def _mapping_of(form: forms.Columns) -> Mapping | None:
    """The mapping of a form as far as it goes, None if it makes no sense yet."""
    form.is_valid()
    try:
        return form.mapping()
    except (Refused, KeyError):
        return None


def _look_again(request: Request, made: OrderImport) -> dict[str, Any]:
    """Read the file's first rows, anew if the person chose another encoding, delimiter or sheet."""
    seen = actions.look(made)
    wanted = {name: request.POST.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    asked = {name: value for name, value in wanted.items() if value and value != seen[name]}
    if not asked:
        return seen
    form = {name: asked.get(name, seen[name]) for name in wanted}
    return actions.look(made, form=form)


@page("orders.import", methods=("POST",))
def preview(request: Request, uuid: UUID) -> HttpResponse:
    """Answer htmx with the first rows as they would be read."""
    made = _import(uuid)
    try:
        seen = _look_again(request, made)
    except UnreadableFile as refusal:
        return render(request, "orders/_preview.html", {"preview": None, "trouble": str(refusal)})
    form = _form(seen, request.POST)
    return render(request, "orders/_preview.html", {"preview": preview_of(seen, _mapping_of(form)), "form": form})


@page("orders.import", methods=("POST",))
def columns(request: Request, uuid: UUID) -> HttpResponse:
    """Settle the columns and queue the check."""
    made = _import(uuid)
    try:
        seen = _look_again(request, made)
    except UnreadableFile as refusal:
        messages.error(request, str(refusal))
        return redirect("orders:import_page", made.uuid)
    form = _form(seen, request.POST)
    if not form.is_valid():
        return _columns_page(request, made, form)
    try:
        actions.map_columns(made, form.mapping(), headers=seen["headers"], now=request.now)
        actions.check(made, by=request.actor, now=request.now)
    except (InvalidMapping, Refused) as refusal:
        form.add_error(None, sentence(refusal.code, refusal.facts) if isinstance(refusal, Refused) else str(refusal))
        return _columns_page(request, made, form)
    return redirect("orders:import_page", made.uuid)


@page("orders.import", methods=("POST",))
def start(request: Request, uuid: UUID) -> HttpResponse:
    """Queue the import, or its rest."""
    return _act(request, uuid, actions.start)


@page("orders.import", methods=("POST",))
def cancel(request: Request, uuid: UUID) -> HttpResponse:
    """Ask what runs to stop."""
    return _act(request, uuid, actions.cancel)


@page("orders.import", methods=("POST",))
def discard(request: Request, uuid: UUID) -> HttpResponse:
    """Forget an upload that was not imported."""
    _act(request, uuid, actions.discard)
    return redirect("orders:imports")


@page("orders.import", methods=("POST",))
def undo(request: Request, uuid: UUID) -> HttpResponse:
    """Queue the undo; if records were changed since, show them instead, unless the person chose to leave those."""
    made = _import(uuid)
    try:
        actions.undo(made, by=request.actor, now=request.now, leave_changed=request.POST.get("leave_changed") == "1")
    except ChangedSince as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{request.path.removesuffix('undo/')}?undo=1")
    except OrdersError as refusal:
        messages.error(request, str(refusal))
    return redirect("orders:import_page", made.uuid)


def _act(request: Request, uuid: UUID, act: Any) -> HttpResponse:
    made = _import(uuid)
    try:
        act(made, by=request.actor, now=request.now)
    except OrdersError as refusal:
        messages.error(request, str(refusal))
    return redirect("orders:import_page", made.uuid)


@page("orders.import")
def refusals(request: Request, uuid: UUID) -> Any:
    """Download the rows that stayed out, with reasons, as CSV."""
    del request
    made = _import(uuid)
    response = StreamingHttpResponse(_refusal_lines(made), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-rows-{made.pk}.csv"'
    return response


class _Echo:
    """A file that hands every line on."""

    def write(self, line: str) -> str:
        return line


def _refusal_lines(made: OrderImport) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([_("Row"), _("Order number"), _("Column"), _("Value"), _("Reason")])
    for refused in queries.refused_rows(made):
        cells = [str(refused.row), refused.number, refused.column, refused.value, sentence(refused.code, refused.facts)]
        yield writer.writerow([_harmless(cell) for cell in cells])


def _harmless(cell: str) -> str:
    """Keep spreadsheets from running a cell that begins like a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _import(uuid: UUID) -> OrderImport:
    made = queries.find_import(uuid)
    if made is None:
        raise Http404
    return made
