"""Pages that take members out as a file and change lists by hand."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.customers import queries as customers
from shuke.insight.segments.actions import export as exports
from shuke.insight.segments.actions import lists
from shuke.insight.segments.forms import ExportForm
from shuke.insight.segments.pages.editing import find
from shuke.insight.segments.queries.exporting import all_columns
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_BY_HAND_AT_ONCE = 20
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("segments.export", methods=("POST",))  # type: ignore[arg-type]  # a stream is no HttpResponse by name only
def export(request: Request, uuid: UUID) -> HttpResponseBase:
    """Send the members as CSV or XLSX. Contact columns only for those who may see contacts; written into the audit log."""
    segment = find(uuid)
    form = ExportForm(request.POST, codes=[column.code for column in all_columns()])
    if not form.is_valid():
        messages.error(request, _("Choose a format and columns from the list."))
        return redirect("segments:detail", uuid=uuid)
    file_format = form.cleaned_data["format"]
    try:
        begun = exports.begin(
            segment, columns=form.cleaned_data["columns"], file_format=file_format,
            sees_contacts=may(request, "customers.view_contacts"), by=request.actor, now=request.now,
        )  # fmt: skip
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("segments:detail", uuid=uuid)
    name = exports.file_name(segment, begun, file_format)
    if file_format == "xlsx":
        return FileResponse(exports.xlsx_file(begun), as_attachment=True, filename=name, content_type=_XLSX)
    response = StreamingHttpResponse(exports.csv_pieces(begun), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@page("segments.edit", methods=("POST",))
def add(request: Request, uuid: UUID) -> HttpResponse:
    """Put a customer, named by public id, on a list."""
    return _change(request, uuid, lists.add, _added)


@page("segments.edit", methods=("POST",))
def remove(request: Request, uuid: UUID) -> HttpResponse:
    """Take a customer off a list."""
    return _change(request, uuid, lists.remove, _removed)


def _change(request: Request, uuid: UUID, verb: Callable[..., int], said: Callable[[int], str]) -> HttpResponse:
    try:
        ids = [customers.by_uuid(UUID(one)).pk for one in request.POST.getlist("customer")[:_BY_HAND_AT_ONCE]]
        changed = verb(find(uuid), ids, by=request.actor, now=request.now)
        messages.success(request, said(changed))
    except ValueError:
        messages.error(request, _("There is no such customer."))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("segments:detail", uuid=uuid)


def _added(count: int) -> str:
    words = ngettext("%(count)s customer put on the list.", "%(count)s customers put on the list.", count)
    return words % {"count": formats.number(count)}


def _removed(count: int) -> str:
    words = ngettext("%(count)s customer taken off the list.", "%(count)s customers taken off the list.", count)
    return words % {"count": formats.number(count)}
