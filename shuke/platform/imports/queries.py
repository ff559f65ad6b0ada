"""Questions about imports."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.imports.models import BeforeImage, Import, ImportedMapping
from shuke.platform.imports.rules import headers as names
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find as find_job

# Names the column in which images are sealed.
IMAGE_CONTEXT = b"imports.before"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that stays out; ``code`` and ``facts`` say why."""

    row: int
    column: str
    value: str
    number: str
    code: str
    facts: dict[str, Any]


def all_imports(kind: str) -> QuerySet[Import]:
    """Return every import of a kind with its shop."""
    return Import.objects.select_related("shop").filter(kind=kind)


def newest(*kinds: str) -> QuerySet[Import]:
    """Return the imports of some kinds with their shops, newest first."""
    return Import.objects.select_related("shop").filter(kind__in=kinds).order_by("-pk")


def find_import(kind: str, uuid: UUID) -> Import | None:
    """Return the import with that public id, or None."""
    return all_imports(kind).filter(uuid=uuid).first()


def find_import_by_id(import_id: int | None) -> Import | None:
    """Return the import a record came from, or None."""
    return Import.objects.filter(pk=import_id).first() if import_id is not None else None


def get_import(import_id: int) -> Import:
    """Return an import; raise ``Import.DoesNotExist``."""
    return Import.objects.select_related("shop").get(pk=import_id)


def job_of(made: Import) -> Job | None:
    """Return the job that checks, runs or undoes an import."""
    return find_job(made.job_id)


def remembered(made: Import, headers: list[str]) -> Any:
    """Return how the shop's last file with these columns was read, as it was stored; None if there was none."""
    kept = ImportedMapping.objects.filter(kind=made.kind, shop_id=made.shop_id, header_key=names.key_of(headers))
    return kept.values_list("mapping", flat=True).first()


def stage_path(uuid: UUID) -> Path:
    """Return where an import's staged records and refusals lie."""
    return Path(settings.SHUKE_FILES_DIR) / "imports" / str(uuid) / "stage.sqlite3"


def open_stage(made: Import) -> sqlite3.Connection:
    """Open the staged records for reading."""
    return sqlite3.connect(f"file:{stage_path(made.uuid)}?mode=ro", uri=True)


def refused_rows(made: Import, *, limit: int | None = None) -> Iterator[RefusedRow]:
    """Yield the rows that stayed out, in the order of the file."""
    if not stage_path(made.uuid).exists():
        return
    with closing(open_stage(made)) as database:
        found = database.execute(
            "SELECT row, col, value, number, code, facts FROM refusals ORDER BY row LIMIT ?",
            (-1 if limit is None else limit,),
        )
        for row, column, value, number, code, facts in found:
            yield RefusedRow(row, column, value, number, code, json.loads(facts))


def refused_count(report: Mapping[str, Any], counts: Mapping[str, Any]) -> int:
    """Return how many rows stayed out: those that could not be read, and those that turned out wrong when written."""
    return int(report.get("refused", 0)) + sum(int(each.get("refused", 0)) for each in counts.values())


def images_of(made: Import) -> QuerySet[BeforeImage]:
    """Return what an import created and replaced."""
    return BeforeImage.objects.filter(file_import=made)


def images_of_records(ids: Mapping[str, Sequence[int]]) -> list[BeforeImage]:
    """Return what any import kept of some records, by kind, that were there before."""
    named = [Q(record_kind=kind, record_id__in=some) for kind, some in ids.items() if some]
    return list(BeforeImage.objects.filter(reduce(or_, named), before__isnull=False)) if named else []


def changed_images(made: Import, record_kind: str, model: type[Model]) -> list[tuple[str, int]]:
    """Return number and id of the records of a kind whose ``content_hash`` is no longer the one the import left."""
    table, images = model._meta.db_table, BeforeImage._meta.db_table
    found = BeforeImage.objects.raw(
        f"SELECT image.id, image.number, image.record_id FROM {images} AS image "  # noqa: S608  names of our own tables
        f"JOIN {table} AS row ON row.id = image.record_id "
        "WHERE image.file_import_id = %s AND image.record_kind = %s AND row.content_hash <> image.after_hash "
        "ORDER BY image.id",
        [made.pk, record_kind],
    )
    return [(image.number, image.record_id) for image in found]


def closed(before: Any) -> bytes | None:
    """Return an image, plain JSON, as it is kept."""
    return None if before is None else seal(json.dumps(before, separators=(",", ":")), context=IMAGE_CONTEXT)


def opened(image: BeforeImage) -> Any:
    """Return what a record was before, as plain JSON, None if it was not there."""
    return None if image.before is None else json.loads(unseal(bytes(image.before), context=IMAGE_CONTEXT))
