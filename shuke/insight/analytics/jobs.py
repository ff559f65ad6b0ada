"""Background work of the reports."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from shuke.insight.analytics.actions import keeping
from shuke.insight.analytics.models import Board
from shuke.insight.analytics.queries import saved
from shuke.platform.company import queries as company
from shuke.platform.jobs.context import JobContext
from shuke.platform.notices.actions.posting import Attachment, mail_staff
from shuke.platform.staff.models import Staff

FIRST_HOUR = 7
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def mail_boards(context: JobContext, *, write: Callable[[Board, str], Any], **_: object) -> None:
    """Send the boards that are due: on a Monday from seven o'clock of the company's clock, once a week.

    Killed between two boards it goes on with the next; the letter and the note of it are one transaction.
    """
    here = company.find_company()
    if here is None:
        return
    local = context.now().astimezone(ZoneInfo(here.time_zone))
    if local.weekday() != 0 or local.hour < FIRST_HOUR:
        return
    due = saved.due(local.date())
    for number, board in enumerate(due):
        context.progress(number, len(due))
        if context.is_cancelled():
            return
        by_language: dict[str, list[Staff]] = defaultdict(list)
        for reader in saved.readers(board.mailed_to):
            by_language[reader.language or here.language].append(reader)
        letters = {language: write(board, language) for language in by_language}
        with transaction.atomic():
            for language, people in by_language.items():
                one = letters[language]
                name = f"{board.name[:60]}-{local.date()}.xlsx"
                files = [Attachment(name, one.workbook, _XLSX)] if one.workbook else []
                for person in people:
                    mail_staff(
                        [person.email], one.subject, one.text, html=one.html, attachments=files, now=context.now(),
                        kind="reports.board", dedupe_key=f"{board.uuid}:{local.date()}:{person.pk}",
                    )  # fmt: skip
            keeping.note_mailed(board, local.date())
