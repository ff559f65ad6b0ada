"""A board as a letter: its figures and tables in HTML, all of it with charts as PDF, and the tables as a workbook."""

import io
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from shuke.insight.analytics.models import PDF, XLSX, Board
from shuke.insight.analytics.pages import tiles
from shuke.insight.analytics.pages.content import Content
from shuke.insight.analytics.pages.download import add_sheet, workbook
from shuke.insight.analytics.queries import saved as queries
from shuke.insight.analytics.rules import Written
from shuke.platform.company import queries as company
from shuke.platform.ui import drawing, paper

ROWS = 12


def written(board: Board, language: str) -> Written:
    """Return a board as a letter in a language."""
    with translation.override(language):
        parts = [
            part
            for tile in queries.tiles(board)
            if (part := _part(tile.report.report, tile.report.query, tile.report.name))
        ]
        address = urljoin(settings.SHUKE_PUBLIC.url + "/", f"reports/boards/{board.uuid}/")
        here = company.find_company()
        context = {
            "board": board, "parts": parts, "address": address, "language": language, "company": here.name if here else "",
            "rows": ROWS, "missing": "",
        }  # fmt: skip
        pdf = b""
        if PDF in board.attached:
            try:
                pdf = paper.pdf(render_to_string("analytics/paper.html", context))
            except paper.CannotPrint as refusal:
                context["missing"] = str(refusal)
        text = render_to_string("analytics/letter.txt", context)
        html = render_to_string("analytics/letter.html", context)
        subject = _("Report: %(name)s") % {"name": board.name}
        return Written(subject, text, html, _tables(parts) if XLSX in board.attached else b"", pdf)


def _part(report: str, query: str, name: str) -> dict[str, Any] | None:
    if not tiles.can_be_kept(report):
        return None
    found = tiles.read(report, query)
    if found is None:
        return None
    frame, content = found
    sheets = [(sheet, sheet.written[:ROWS], len(sheet.rows) > ROWS) for sheet in content.sheets]
    words = frame.words()
    if content.period_text:
        words["period_text"] = content.period_text
    return {"name": name, "content": content, "sheets": sheets, "words": words, "charts": _charts(content)}


def _charts(content: Content) -> list[dict[str, Any]]:
    """Return the charts of a report drawn for paper; what paper cannot show is in the tables."""
    # Names are escaped as they are drawn.
    drawn = [(card, drawing.svg(card.chart)) for row in content.cards for card in row]
    return [{"title": card.title, "svg": mark_safe(found)} for card, found in drawn if found]  # noqa: S308


def _tables(parts: list[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    names: set[str] = set()
    with workbook(target) as book:
        for part in parts:
            content: Content = part["content"]
            for sheet in content.sheets:
                add_sheet(book, sheet, _free(f"{part['name']} {sheet.title}", names))
    return target.getvalue() if names else b""


def _free(wanted: str, taken: set[str]) -> str:
    """Return a name that a workbook takes for a sheet: short, without some marks, and of no other sheet."""
    plain = "".join(letter for letter in wanted if letter not in "[]:*?/\\'")[:28]
    name = next(
        found
        for number in range(1, 500)
        if (found := plain if number == 1 else f"{plain}{number}").lower() not in taken
    )
    taken.add(name.lower())
    return name
