"""Letting go of what imports leave behind: files, staged rows, refusals that quote people, images for an undo."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.platform.imports.actions import files
from shuke.platform.imports.models import BeforeImage, Import, ImportState

_NEVER_STARTED = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
_AT_ONCE = 500


def forget_staged(made: Import) -> None:
    """Remove the upload and the staged records from the disk; the refusals stay."""
    files.remove_source(made.uuid)
    path = files.stage(made.uuid)
    if path.exists():
        with closing(sqlite3.connect(path, isolation_level=None)) as stage:
            stage.execute("DROP TABLE IF EXISTS records")
            stage.execute("DROP TABLE IF EXISTS notes")
            stage.execute("VACUUM")


def forget_uploads(*, before: datetime) -> int:
    """Remove uploads made before a moment and never started, with their files; return how many."""
    stale = Import.objects.filter(state__in=_NEVER_STARTED, created_at__lt=before, checkpoint=0)
    for made in stale.filter(state__in=(ImportState.UPLOADED, ImportState.CHECKED)):
        files.remove(made.uuid)
    for made in stale.filter(state=ImportState.FAILED):
        files.remove_source(made.uuid)
    files.remove_strays(set(Import.objects.values_list("uuid", flat=True)), before=before)
    return stale.filter(state__in=(ImportState.UPLOADED, ImportState.CHECKED)).delete()[0]


def empty_refusals(kind: str, told: Collection[str]) -> int:
    """Empty the refused rows of a kind that quote one of these values, in small letters; return how many."""
    if not told:
        return 0
    emptied = 0
    for uuid in Import.objects.filter(kind=kind).values_list("uuid", flat=True):
        path = files.stage(uuid)
        if path.exists():
            with closing(sqlite3.connect(path)) as stage, stage:
                emptied += _empty(stage, told)
    return emptied


def _empty(stage: sqlite3.Connection, told: Collection[str]) -> int:
    if not stage.execute("SELECT 1 FROM sqlite_master WHERE name = 'refusals'").fetchone():
        return 0
    stage.execute("PRAGMA secure_delete = ON")
    quoted = (
        "UPDATE refusals SET value = '', facts = '{}', number = CASE WHEN instr(lower(number), ?) THEN '' ELSE number END "
        "WHERE instr(lower(value), ?) OR instr(lower(facts), ?) OR instr(lower(number), ?)"
    )
    return sum(stage.execute(quoted, (value,) * 4).rowcount for value in sorted(told))


class ImagesForUndo:
    """What records were before an import replaced them."""

    name = "import_images"
    label = _("What imports replaced")
    help = _("Older imports can no longer be undone; everything they brought stays.")
    usual_days = 0
    least_days = 7

    def count(self, before: datetime) -> int:
        """Return how many images older imports keep."""
        return _images(before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:  # noqa: ARG002  the port hands it to all
        """Remove a batch of them, and say of their imports that they stay."""
        with transaction.atomic():
            some = list(_images(before).order_by("pk").values_list("pk", "file_import_id")[:_AT_ONCE])
            for made in Import.objects.filter(pk__in={owner for _pk, owner in some}).select_for_update():
                if not made.report.get("images_forgotten"):
                    Import.objects.filter(pk=made.pk).update(report=made.report | {"images_forgotten": True})
            BeforeImage.objects.filter(pk__in=[pk for pk, _owner in some]).delete()
        return len(some)


def _images(before: datetime) -> QuerySet[Any]:
    ended = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
    return BeforeImage.objects.filter(file_import__state__in=ended, file_import__finished_at__lt=before)
