"""Keeping reports, and putting them on boards."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from shuke.insight.analytics.errors import NotYours
from shuke.insight.analytics.models import Board, SavedReport, Tile
from shuke.insight.analytics.rules import Step, last_due
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.company import queries as company
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

MOST_TILES = 12
# Letters go out from this hour of the company's clock.
FIRST_HOUR = 7
SEND = "reports.send_board"


@transaction.atomic
def keep(
    report: str, query: str, *, name: str, is_shared: bool, owner: Staff, by: Actor, now: datetime
) -> SavedReport:  # fmt: skip
    """Keep a report with its filters under a name."""
    made = SavedReport.objects.create(
        uuid=uuid7(), name=name.strip(), report=report, query=query, owner=owner, is_shared=is_shared, changed_at=now
    )
    record(by, "reports.kept", target=_target(made), summary={"report": report, "shared": is_shared}, now=now)
    return made


@transaction.atomic
def forget(kept: SavedReport | Board, *, viewer: Staff, by: Actor, now: datetime) -> None:
    """Remove a kept report, from boards as well, or a board; its reports stay. Raises ``NotYours``."""
    _require_owner(kept, viewer)
    record(by, "reports.forgotten", target=_target(kept), now=now)
    kept.delete()


@transaction.atomic
def set_board(
    board: Board | None, *, name: str, is_shared: bool, reports: Sequence[SavedReport], mailed_to: Sequence[Staff],
    viewer: Staff, by: Actor, now: datetime, rhythm: Step = Step.WEEK, attached: Sequence[str] | None = None,
) -> Board:  # fmt: skip
    """Make or change a board: its reports in their order, who gets it how often and with which files. Raises ``NotYours``.

    A board that is shared shares the reports on it: whoever sees the one sees the others there. Its first letter goes out
    when the next day, week or month begins.
    """
    if board is None:
        board = Board(uuid=uuid7(), owner=viewer)
    else:
        _require_owner(board, viewer)
    board.name, board.is_shared, board.changed_at = name.strip(), is_shared, now
    if mailed_to and (not board.mailed_to or board.rhythm != rhythm.value):
        board.mailed_on = last_due(rhythm, _local(now), hour=FIRST_HOUR)
    board.mailed_to, board.rhythm = sorted(one.pk for one in mailed_to), rhythm.value
    if attached is not None:
        board.attached = sorted(attached)
    board.save()
    Tile.objects.filter(board=board).delete()
    chosen = list(dict.fromkeys(reports))[:MOST_TILES]
    Tile.objects.bulk_create(Tile(board=board, report=one, place=place) for place, one in enumerate(chosen))
    summary = {
        "tiles": len(chosen), "shared": is_shared, "mailed_to": len(mailed_to), "rhythm": board.rhythm, "attached": board.attached,
    }  # fmt: skip
    record(by, "reports.board_set", target=_target(board), summary=summary, now=now)
    return board


@transaction.atomic
def send_to(board: Board, reader: Staff, *, by: Actor, now: datetime) -> Job:
    """Have a board written and sent to one person at once, whatever its rhythm; return the job that does it."""
    key = f"{SEND}:{board.pk}:{reader.pk}"
    return enqueue(SEND, now=now, dedupe_key=key, by=by, board_id=board.pk, reader_id=reader.pk)


def note_mailed(board: Board, begun: date) -> None:
    """Remember that a board went out for the day, week or month that began on a day."""
    Board.objects.filter(pk=board.pk).update(mailed_on=begun)


def _local(now: datetime) -> datetime:
    here = company.find_company()
    return now.astimezone(ZoneInfo(here.time_zone)) if here else now


def _require_owner(kept: SavedReport | Board, viewer: Staff) -> None:
    if kept.owner_id != viewer.pk:
        raise NotYours


def _target(kept: SavedReport | Board) -> str:
    return f"{kept._meta.label}:{kept.pk}"
