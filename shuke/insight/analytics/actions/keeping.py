"""Keeping reports, and putting them on boards."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from shuke.insight.analytics.errors import NotYours
from shuke.insight.analytics.models import Board, SavedReport, Tile
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

MOST_TILES = 12


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
    viewer: Staff, by: Actor, now: datetime,
) -> Board:  # fmt: skip
    """Make or change a board: its reports in their order, and who gets it each Monday. Raises ``NotYours``.

    A board that is shared shares the reports on it: whoever sees the one sees the others there.
    """
    if board is None:
        board = Board(uuid=uuid7(), owner=viewer)
    else:
        _require_owner(board, viewer)
    board.name, board.is_shared, board.changed_at = name.strip(), is_shared, now
    board.mailed_to = sorted(one.pk for one in mailed_to)
    board.save()
    Tile.objects.filter(board=board).delete()
    chosen = list(dict.fromkeys(reports))[:MOST_TILES]
    Tile.objects.bulk_create(Tile(board=board, report=one, place=place) for place, one in enumerate(chosen))
    summary = {"tiles": len(chosen), "shared": is_shared, "mailed_to": len(mailed_to)}
    record(by, "reports.board_set", target=_target(board), summary=summary, now=now)
    return board


def note_mailed(board: Board, monday: date) -> None:
    """Remember that a board went out on a Monday."""
    Board.objects.filter(pk=board.pk).update(mailed_on=monday)


def _require_owner(kept: SavedReport | Board, viewer: Staff) -> None:
    if kept.owner_id != viewer.pk:
        raise NotYours


def _target(kept: SavedReport | Board) -> str:
    return f"{kept._meta.label}:{kept.pk}"
