"""The way of a file in: upload, columns, check, import, report, undo."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from shuke.platform.company import queries as company
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.imports import actions, forms, queries
from shuke.platform.imports.errors import ChangedSince, ImportsError, InvalidMapping, UnreadableFile
from shuke.platform.imports.kinds import ImportKind
from shuke.platform.imports.models import Import, ImportState
from shuke.platform.imports.pages import report
from shuke.platform.imports.pages.layouts import Layout
from shuke.platform.imports.pages.uploading import StraightToDisk
from shuke.platform.imports.rules.mapping import Mapping as FileMapping
from shuke.platform.imports.rules.refusals import Refused

_AT_WORK = {ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING}
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Texts:
    """What a kind of import calls its things."""

    upload: Text
    running: Text
    shop: Text
    number: Text
    which_files: tuple[Text, ...]
    dry_run: Text
    nothing_yet: Text
    undo: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPages:
    """The pages of one kind of import. A domain puts ``urls()`` among its own, under the name of its kind.

    Its templates ``_preview.html``, ``_outcome.html`` and ``_import_done.html`` show what only it knows: the first rows
    as they are read, what became of the records (with what ``outcome`` says), and where to look at them.
    """

    kind: ImportKind
    permission: str
    form: type[forms.Columns]
    preview: Callable[[dict[str, Any], Any], Any]
    outcome: Callable[[Import, dict[str, Any]], dict[str, Any]]
    layouts: Mapping[str, Layout]
    notes: report.Notes
    texts: Texts
    record_kinds: Mapping[str, Text] = field(default_factory=dict)
    record_urls: Mapping[str, str] = field(default_factory=dict)

    def urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        read, write = page(self.permission), page(self.permission, methods=("POST",))
        # The permission is checked before the body is read, the token after the upload handler is in place.
        upload = csrf_exempt(page(self.permission, methods=("GET", "POST"))(_view(self.upload)))
        steps = {
            "preview/": (write, self.preview_rows), "columns/": (write, self.settle_columns), "start/": (write, self.start),
            "cancel/": (write, self.cancel), "discard/": (write, self.discard), "undo/": (write, self.undo),
            "refusals.csv": (read, self.refusals),
        }  # fmt: skip
        return [
            path("import/", upload, name="import"),
            path("imports/", read(_view(self.index)), name="imports"),
            path("imports/<uuid:uuid>/", read(_view(self.show)), name="import_page"),
            *(
                path(f"imports/<uuid:uuid>/{step}", guard(_view(view)), name=f"import_{step.split('.')[0].strip('/')}")
                for step, (guard, view) in steps.items()
            ),
        ]

    def index(self, request: Request) -> HttpResponse:
        """List past and present imports, newest first."""
        shown = paginate(queries.all_imports(self.kind.code), request, keys=("-id",), per_page=25)
        rows = [
            {"made": made, "tone": report.TONES[made.state], "summary": report.summary(made)} for made in shown.rows
        ]
        return self._render(request, "list", {"page": shown, "rows": rows})

    def upload(self, request: Request) -> HttpResponse:
        """Show the upload form; take in the file and go on to its columns."""
        handler = StraightToDisk(request)
        if request.method == "POST":
            request.upload_handlers = [handler]
        return csrf_protect(self._receive)(request, handler)

    def _receive(self, request: Request, handler: StraightToDisk) -> HttpResponse:
        shops = company.shops()
        first = shops[0].name if shops else request.company.name
        is_sent = request.method == "POST"
        form = forms.Upload(
            request.POST if is_sent else None, request.FILES if is_sent else None, initial={"shop": first}
        )
        form.fields["shop"].help_text = str(self.texts.shop)
        if handler.refusal is not None:
            form.is_valid()
            form.errors.pop("file", None)
            form.add_error("file", str(handler.refusal))
        elif request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                made = actions.register(
                    upload.received,
                    kind=self.kind.code,
                    file_name=upload.name,
                    shop_name=form.cleaned_data["shop"],
                    by=request.actor,
                    now=request.now,
                )
            except UnreadableFile as refusal:
                form.add_error("file", str(refusal))
            else:
                return self._first_look(request, made, form)
        return self._upload_page(request, form)

    def _upload_page(self, request: Request, form: forms.Upload) -> HttpResponse:
        context = {
            "form": form,
            "shops": company.shops(),
            "layouts": self.layouts.values(),
            "limit": actions.limit_bytes(),
        }
        return self._render(request, "upload", context)

    def _first_look(self, request: Request, made: Import, form: forms.Upload) -> HttpResponse:
        """Go on to the columns if the file can be read at all; else forget it and say why."""
        try:
            actions.look(made)
        except UnreadableFile as refusal:
            actions.discard(made, by=request.actor, now=request.now)
            form.add_error("file", str(refusal))
            return self._upload_page(request, form)
        return self._to_page(made)

    def show(self, request: Request, uuid: UUID) -> HttpResponse:
        """Show an import at whatever point it is."""
        made = self._import(uuid)
        actions.settle(made, now=request.now)
        if made.state == ImportState.UPLOADED or (request.GET.get("columns") and report.is_mappable(made)):
            return self._columns_page(request, made)
        context: dict[str, Any] = {"made": made, "tone": report.TONES[made.state], "steps": report.steps(made)}
        if made.state in _AT_WORK:
            context["job"] = queries.job_of(made)
            return self._render(request, "progress", context)
        context |= report.context(made, wording=self.kind.wording, notes=self.notes)
        context |= self.outcome(made, report.counts_of(made)) | {
            "layout": self.layouts.get(made.mapping.get("preset", ""))
        }
        if made.state == ImportState.CHECKED:
            return self._render(request, "check", context)
        if request.GET.get("undo") and made.state in report.UNDOABLE:
            context |= self._to_undo(made)
            return self._render(request, "undo", context)
        return self._render(request, "report", context)

    def _to_undo(self, made: Import) -> dict[str, Any]:
        changed = self.kind.changed_since(made)
        rows = [
            {"kind": self.record_kinds[kind], "number": number, "url": self.record_urls.get(kind), "pk": pk}
            for kind, number, pk in changed.first
        ]
        return {"changed": changed.count, "rows": rows, "records": queries.images_of(made).count()}

    def _columns_page(self, request: Request, made: Import, form: forms.Columns | None = None) -> HttpResponse:
        try:
            seen = actions.look(made)
        except UnreadableFile as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{self.kind.code}:imports")
        preset = request.GET.get("preset", "")
        mapping: FileMapping | None
        if form is None:
            mapping = (
                actions.preset_mapping(made, seen, preset) if preset in self.kind.presets else self._present(made, seen)
            )
            form = self._form(seen, initial=forms.initial_of(mapping))
        else:
            mapping = self._mapping_of(form)
        context = {
            "made": made,
            "form": form,
            "seen": seen,
            "steps": report.steps(made, at_columns=True),
            "preview": self.preview(seen, mapping),
            "layouts": self.layouts.values(),
            "layout": self.layouts.get(mapping.preset) if mapping else None,
            "is_remembered": not made.mapping and not preset and queries.remembered(made, seen["headers"]) is not None,
        }
        return self._render(request, "columns", context)

    def _present(self, made: Import, seen: dict[str, Any]) -> FileMapping:
        """The mapping settled before, or else a proposal."""
        return self.kind.mapping(made.mapping) if made.mapping else actions.proposed_mapping(made, seen)

    def _form(self, seen: dict[str, Any], *args: Any, **kwargs: Any) -> forms.Columns:
        return self.form(
            *args, headers=seen["headers"], sheets=seen["sheets"], is_workbook=seen["is_workbook"], **kwargs
        )

    def _mapping_of(self, form: forms.Columns) -> FileMapping | None:
        """The mapping of a form as far as it goes, None if it makes no sense yet."""
        form.is_valid()
        try:
            return form.mapping()
        except (Refused, KeyError):
            return None

    def _look_again(self, request: Request, made: Import) -> dict[str, Any]:
        """Read the file's first rows, anew if the person chose another encoding, delimiter or sheet."""
        seen = actions.look(made)
        wanted = {name: request.POST.get(name, "") for name in ("encoding", "delimiter", "sheet")}
        asked = {name: value for name, value in wanted.items() if value and value != seen[name]}
        if not asked:
            return seen
        form = {name: asked.get(name, seen[name]) for name in wanted}
        return actions.look(made, form=form)

    def preview_rows(self, request: Request, uuid: UUID) -> HttpResponse:
        """Answer htmx with the first rows as they would be read."""
        made = self._import(uuid)
        try:
            seen = self._look_again(request, made)
        except UnreadableFile as refusal:
            return render(request, f"{self.kind.code}/_preview.html", {"preview": None, "trouble": str(refusal)})
        form = self._form(seen, request.POST)
        return render(
            request,
            f"{self.kind.code}/_preview.html",
            {"preview": self.preview(seen, self._mapping_of(form)), "form": form},
        )

    def settle_columns(self, request: Request, uuid: UUID) -> HttpResponse:
        """Settle the columns and queue the check."""
        made = self._import(uuid)
        try:
            seen = self._look_again(request, made)
        except UnreadableFile as refusal:
            messages.error(request, str(refusal))
            return self._to_page(made)
        form = self._form(seen, request.POST)
        if not form.is_valid():
            return self._columns_page(request, made, form)
        try:
            actions.map_columns(made, form.mapping(), headers=seen["headers"], now=request.now)
            actions.check(made, by=request.actor, now=request.now)
        except (InvalidMapping, Refused) as refusal:
            form.add_error(
                None,
                self.kind.wording.sentence(refusal.code, refusal.facts)
                if isinstance(refusal, Refused)
                else str(refusal),
            )
            return self._columns_page(request, made, form)
        return self._to_page(made)

    def start(self, request: Request, uuid: UUID) -> HttpResponse:
        """Queue the import, or its rest."""
        return self._act(request, uuid, actions.start)

    def cancel(self, request: Request, uuid: UUID) -> HttpResponse:
        """Ask what runs to stop."""
        return self._act(request, uuid, actions.cancel)

    def discard(self, request: Request, uuid: UUID) -> HttpResponse:
        """Forget an upload that was not imported."""
        self._act(request, uuid, actions.discard)
        return redirect(f"{self.kind.code}:imports")

    def undo(self, request: Request, uuid: UUID) -> HttpResponse:
        """Queue the undo; if records were changed since, show them instead, unless the person chose to leave those."""
        made = self._import(uuid)
        try:
            actions.undo(
                made, by=request.actor, now=request.now, leave_changed=request.POST.get("leave_changed") == "1"
            )
        except ChangedSince as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{request.path.removesuffix('undo/')}?undo=1")
        except ImportsError as refusal:
            messages.error(request, str(refusal))
        return self._to_page(made)

    def _act(self, request: Request, uuid: UUID, act: Any) -> HttpResponse:
        made = self._import(uuid)
        try:
            act(made, by=request.actor, now=request.now)
        except ImportsError as refusal:
            messages.error(request, str(refusal))
        return self._to_page(made)

    def refusals(self, request: Request, uuid: UUID) -> Any:
        """Download the rows that stayed out, with reasons, as CSV."""
        del request
        made = self._import(uuid)
        response = StreamingHttpResponse(self._refusal_lines(made), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="refused-rows-{made.pk}.csv"'
        return response

    def _refusal_lines(self, made: Import) -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow([_("Row"), str(self.texts.number), _("Column"), _("Value"), _("Reason")])
        for refused in queries.refused_rows(made):
            cells = [
                str(refused.row),
                refused.number,
                refused.column,
                refused.value,
                self.kind.wording.sentence(refused.code, refused.facts),
            ]
            yield writer.writerow([_harmless(cell) for cell in cells])

    def _render(self, request: Request, name: str, context: dict[str, Any]) -> HttpResponse:
        shown = {"kind": self.kind.code, "texts": self.texts, **context}
        return render(request, f"imports/{name}.html", shown)

    def _to_page(self, made: Import) -> HttpResponse:
        return redirect(f"{self.kind.code}:import_page", made.uuid)

    def _import(self, uuid: UUID) -> Import:
        made = queries.find_import(self.kind.code, uuid)
        if made is None:
            raise Http404
        return made


def _view(method: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a page as a function, which can carry what a guard notes on it."""

    @wraps(method)
    def view(*args: Any, **kwargs: Any) -> HttpResponse:
        return method(*args, **kwargs)

    return view


class _Echo:
    """A file that hands every line on."""

    def write(self, line: str) -> str:
        return line


def _harmless(cell: str) -> str:
    """Keep spreadsheets from running a cell that begins like a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
