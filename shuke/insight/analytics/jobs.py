"""Background work of the reports."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from shuke.insight.analytics.actions import keeping
from shuke.insight.analytics.models import PDF, XLSX, Board
from shuke.insight.analytics.queries import saved
from shuke.insight.analytics.rules import Written
from shuke.platform.company import queries as company
from shuke.platform.company.models import Company
from shuke.platform.jobs.context import JobContext
from shuke.platform.notices.actions.posting import Attachment, mail_staff
from shuke.platform.staff.models import Staff

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Write = Callable[[Board, str], Written]


def mail_boards(context: JobContext, *, write: Write, **_: object) -> None:
    """Send the boards that are due, from seven o'clock of the company's clock, once a day, week or month.

    Killed between two boards it goes on with the next; the letters and the note of them are one transaction.
    """
    here = company.find_company()
    if here is None:
        return
    due = saved.due(context.now().astimezone(ZoneInfo(here.time_zone)), hour=keeping.FIRST_HOUR)
    for number, (board, begun) in enumerate(due):
        context.progress(number, len(due))
        if context.is_cancelled():
            return
        readers = saved.readers(board.mailed_to)
        letters = _letters(board, readers, here, write)
        with transaction.atomic():
            _post(board, readers, here, letters, begun, now=context.now(), key=f"{board.uuid}:{begun}")
            keeping.note_mailed(board, begun)


def send_board(context: JobContext, *, write: Write, board_id: int, reader_id: int, **_: object) -> None:
    """Send a board to one person, who asked for it; whoever may not see reports any more gets nothing."""
    here, board = company.find_company(), saved.by_number(board_id)
    readers = saved.readers([reader_id])
    if here is None or board is None or not readers:
        return
    today = context.now().astimezone(ZoneInfo(here.time_zone)).date()
    letters = _letters(board, readers, here, write)
    with transaction.atomic():
        _post(board, readers, here, letters, today, now=context.now(), key="")


def _letters(board: Board, readers: list[Staff], here: Company, write: Write) -> dict[str, Written]:
    """Write a board once for each language that is read."""
    return {language: write(board, language) for language in {_language(reader, here) for reader in readers}}


def _language(reader: Staff, here: Company) -> str:
    return reader.language or here.language


def _post(
    board: Board, readers: list[Staff], here: Company, letters: dict[str, Written], day: date, *, now: datetime, key: str
) -> None:  # fmt: skip
    files = defaultdict[str, list[Attachment]](list)
    for language, one in letters.items():
        for kind, content, mime in ((PDF, one.pdf, "application/pdf"), (XLSX, one.workbook, _XLSX)):
            if content:
                files[language].append(Attachment(f"{board.name[:60]}-{day}.{kind}", content, mime))
    for person in readers:
        language = _language(person, here)
        one = letters[language]
        mail_staff(
            [person.email], one.subject, one.text, html=one.html, attachments=files[language], now=now,
            kind="reports.board", dedupe_key=f"{key}:{person.pk}" if key else None,
        )  # fmt: skip
