"""What a domain brings, so that files of its own kind can be imported."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.platform.db.bulk import write_back
from shuke.platform.db.failpoint import failpoint
from shuke.platform.imports import queries
from shuke.platform.imports.errors import WrongState
from shuke.platform.imports.errors.wording import Wording
from shuke.platform.imports.models import BeforeImage, Import, ImportState
from shuke.platform.imports.progress import Progress
from shuke.platform.imports.rules.mapping import Mapping as FileMapping
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.manifest import installed

_IMAGES_AT_ONCE = 200
_WRITTEN_BACK_EVERY = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """Records that somebody changed after an import: how many, and the first of them as (kind, number, id)."""

    count: int
    first: tuple[tuple[str, str, int], ...]


class Applying(ABC):
    """Writes the staged records of one import, chunk by chunk.

    Chunks depend on the file alone, not on the clock or on where a run was interrupted: the same file leaves the same
    log, however often its import was killed. Nobody else writes during a chunk's transaction: it stays below 100 ms.
    """

    # Which of the staged records are written, in SQL, and what that is called meanwhile.
    written: ClassVar[str] = "TRUE"

    def __init__(self, made: Import) -> None:
        self.made = made

    @property
    @abstractmethod
    def note(self) -> str:
        """What people read while it goes on."""

    @abstractmethod
    def chunks(self, stage: sqlite3.Connection, checkpoint: int) -> Iterator[tuple[int, list[Any]]]:
        """Yield staged records after a checkpoint in chunks of bounded work, each with its last ``seq``."""

    @abstractmethod
    def write(self, chunk: list[Any]) -> dict[str, Any]:
        """Write a chunk in the transaction that is open; return the report's ``applied`` with it counted."""

    def run(self, progress: Progress) -> bool:
        """Write everything after the checkpoint; return False if asked to stop."""
        with closing(queries.open_stage(self.made)) as stage:
            counted = f"SELECT count(*) FROM records WHERE {self.written}"  # noqa: S608  our own text
            total = stage.execute(counted).fetchone()[0]
            done = stage.execute(f"{counted} AND seq <= ?", (self.made.checkpoint,)).fetchone()[0]
            progress.progress(done, total, self.note)
            for count, (last, chunk) in enumerate(self.chunks(stage, self.made.checkpoint), 1):
                if progress.is_cancelled():
                    return False
                self._apply(last, chunk)
                if not count % _WRITTEN_BACK_EVERY:
                    write_back()
                done += len(chunk)
                progress.progress(done, total, self.note)
        return True

    def _apply(self, last: int, chunk: list[Any]) -> None:
        """Write one chunk and the checkpoint behind it."""
        with transaction.atomic():
            report = self.made.report | {"applied": self.write(chunk)}
            failpoint("import.mid_chunk")
            mine = Import.objects.filter(pk=self.made.pk, state=ImportState.RUNNING, checkpoint=self.made.checkpoint)
            if not mine.update(checkpoint=last, report=report):
                raise WrongState(_("Somebody else is running this import."))
            failpoint("import.before_commit")
        failpoint("import.between_chunks")
        self.made.checkpoint, self.made.report = last, report


class Undoing(ABC):
    """Takes one import back, newest image first."""

    def __init__(self, made: Import) -> None:
        self.made = made

    @property
    @abstractmethod
    def note(self) -> str:
        """What people read while it goes on."""

    @abstractmethod
    def take_back(self, images: list[BeforeImage]) -> None:
        """Take some records back in the transaction that is open; leave those that were changed since."""

    @abstractmethod
    def finish(self, progress: Progress) -> None:
        """Take back what has no image, and the import's events; safe to repeat. May add to ``report["undo"]``."""

    def take_back_some(self) -> int:
        """Take back the newest images in one transaction; return 0 when none were left."""
        with transaction.atomic():
            found = queries.images_of(self.made).order_by("-pk")
            images = list(found[:_IMAGES_AT_ONCE])
            if not images:
                return 0
            self.take_back(images)
            BeforeImage.objects.filter(pk__in=[image.pk for image in images]).delete()
        return max(1, found.count())


class ImportKind(ABC):
    """Files of one kind: how they are read, written and taken back. Listed in the manifest of its domain."""

    # Also the namespace of its pages. ``stager`` is the module whose ``stage`` the reading process calls.
    code: ClassVar[str]
    stager: ClassVar[str]
    presets: ClassVar[Sequence[str]]
    wording: ClassVar[Wording]

    @abstractmethod
    def mapping(self, said: Any) -> FileMapping:
        """Return the mapping behind its JSON form; raise ``Refused``."""

    @abstractmethod
    def problems(self, mapping: Any, headers: Sequence[str]) -> list[Refused]:
        """Return what keeps a mapping from reading a file with these headers, everything at once."""

    @abstractmethod
    def guess(self, made: Import, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> FileMapping:
        """Propose a mapping."""

    @abstractmethod
    def fitted(self, made: Import, preset: str, headers: Sequence[str], guessed: Any) -> FileMapping:
        """Return a preset with the columns that a file has; what it leaves open is as guessed."""

    def about(self, made: Import) -> dict[str, Any]:  # noqa: ARG002
        """Return what the reading process has to know of the company, as JSON."""
        return {}

    @abstractmethod
    def compare(self, made: Import, report: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Count what would be created, replaced and left alone; raise ``Cancelled``."""

    @abstractmethod
    def applying(self, made: Import, *, started_at: datetime) -> Applying:
        """Return what writes the staged records."""

    @abstractmethod
    def changed_since(self, made: Import) -> Changed:
        """Return the records that are no longer as the import left them."""

    @abstractmethod
    def undoing(self, made: Import, *, now: datetime) -> Undoing:
        """Return what takes the import back."""


def kind_of(made: Import) -> ImportKind:
    """Return the kind of an import."""
    return kind_named(made.kind)


def kind_named(code: str) -> ImportKind:
    """Return the kind with a code; raise ``LookupError``."""
    found = next((kind for manifest in installed() for kind in manifest.imports if kind.code == code), None)
    if found is None:
        raise LookupError(f"no domain imports {code}")
    return found  # type: ignore[no-any-return]
