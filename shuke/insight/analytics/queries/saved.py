"""Reports that are kept, and boards of them: a person's own, and what colleagues share."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from shuke.insight.analytics.errors import Gone
from shuke.insight.analytics.models import Board, SavedReport, Tile
from shuke.insight.analytics.rules import Step, last_due
from shuke.platform.staff import queries as staff
from shuke.platform.staff.models import Staff


def reports(viewer: Staff) -> QuerySet[SavedReport]:
    """Return the kept reports a person finds, by name."""
    return SavedReport.objects.filter(_found_by(viewer)).select_related("owner").order_by("name", "pk")


def boards(viewer: Staff) -> QuerySet[Board]:
    """Return the boards a person finds, by name, each with how many ``tiles_count`` it has."""
    found = Board.objects.filter(_found_by(viewer)).select_related("owner").annotate(tiles_count=Count("tiles"))
    return found.order_by("name", "pk")


def report(uuid: UUID, viewer: Staff) -> SavedReport:
    """Return a kept report. Raises ``Gone`` also where it is somebody else's and not shared."""
    found = reports(viewer).filter(uuid=uuid).first()
    if found is None:
        raise Gone
    return found


def board(uuid: UUID, viewer: Staff) -> Board:
    """Return a board. Raises ``Gone`` also where it is somebody else's and not shared."""
    found = boards(viewer).filter(uuid=uuid).first()
    if found is None:
        raise Gone
    return found


def tiles(found: Board) -> list[Tile]:
    """Return the tiles of a board in their order, with their reports."""
    return list(Tile.objects.filter(board=found).select_related("report").order_by("place", "pk"))


def due(local: datetime, *, hour: int) -> list[tuple[Board, date]]:
    """Return the boards whose day, week or month has begun and not been sent, with the day it began; ``local`` is our clock.

    One that was missed, because nothing ran, is sent late; one that was never sent waits for a beginning.
    """
    found = []
    for board in Board.objects.exclude(mailed_to=[]).order_by("pk"):
        begun = last_due(Step(board.rhythm), local, hour=hour)
        if board.mailed_on < begun if board.mailed_on else begun == local.date():
            found.append((board, begun))
    return found


def by_number(board_id: int) -> Board | None:
    """Return a board by its number, None where it is gone."""
    return Board.objects.filter(pk=board_id).first()


def readers(staff_ids: list[int]) -> list[Staff]:
    """Return those of some people who may still see reports."""
    return [one for one in possible_readers() if one.pk in staff_ids]


def possible_readers() -> list[Staff]:
    """Return everybody who may see reports, by name."""
    return [one for one in staff.active() if one.may("reports.view")]


def _found_by(viewer: Staff) -> Q:
    return Q(owner=viewer) | Q(is_shared=True)
