"""Questions about imports of orders."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from shuke.cdp.orders.models import ImportBeforeImage, ImportedMapping, OrderImport
from shuke.cdp.orders.rules import columns, guessing, presets
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.mapping import Mapping
from shuke.cdp.orders.rules.refusals import Refused
from shuke.platform.company import queries as company
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find as find_job


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that stays out; ``code`` and ``facts`` say why."""

    row: int
    column: str
    value: str
    number: str
    code: str
    facts: dict[str, Any]


def all_imports() -> QuerySet[OrderImport]:
    """Return every import with its shop."""
    return OrderImport.objects.select_related("shop")


def find_import(uuid: UUID) -> OrderImport | None:
    """Return the import with that public id, or None."""
    return all_imports().filter(uuid=uuid).first()


def find_import_by_id(import_id: int | None) -> OrderImport | None:
    """Return the import a record came from, or None."""
    return OrderImport.objects.filter(pk=import_id).first() if import_id is not None else None


def get_import(import_id: int) -> OrderImport:
    """Return an import; raise ``OrderImport.DoesNotExist``."""
    return all_imports().get(pk=import_id)


def job_of(made: OrderImport) -> Job | None:
    """Return the job that checks, runs or undoes an import."""
    return find_job(made.job_id)


def proposed_mapping(made: OrderImport, seen: dict[str, Any]) -> Mapping:
    """Return how the shop's last file with these columns was read, or else a guess."""
    headers: list[str] = seen["headers"]
    kept = ImportedMapping.objects.filter(shop_id=made.shop_id, header_key=columns.key_of(headers)).first()
    if kept is not None:
        try:
            remembered = mappings.from_json(kept.mapping)
        except Refused:  # written by another version; guessing is better than failing
            remembered = None
        if remembered and not mappings.problems(remembered, headers):
            return remembered.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])
    home = company.find_company()
    guessed = guessing.guess(
        headers, [cells for _row, cells in seen["rows"]], currency=made.shop.currency or (home.currency if home else ""),
        time_zone=made.shop.time_zone,
    )  # fmt: skip
    return guessed.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])


def is_remembered(made: OrderImport, headers: list[str]) -> bool:
    """Whether a file with these columns was read for the shop before."""
    return ImportedMapping.objects.filter(shop_id=made.shop_id, header_key=columns.key_of(headers)).exists()


def preset_mapping(made: OrderImport, seen: dict[str, Any], preset: str) -> Mapping:
    """Return a preset as it fits a file; what the preset leaves open is guessed."""
    fitted = presets.fitting(preset, seen["headers"])
    guessed = proposed_mapping(made, seen)
    if preset != presets.UCI_ONLINE_RETAIL.preset:
        own_zone = fitted.time_zone != "UTC"
        fitted = mappings.from_json(
            fitted.as_json() | {
                "currency": fitted.currency or guessed.currency,
                "time_zone": fitted.time_zone if own_zone else made.shop.time_zone, "date_order": guessed.date_order,
                "decimal_mark": guessed.decimal_mark,
            }
        )  # fmt: skip
    return fitted.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])


def stage_path(uuid: UUID) -> Path:
    """Return where an import's staged records and refusals lie."""
    return Path(settings.SHUKE_FILES_DIR) / "imports" / str(uuid) / "stage.sqlite3"


def refused_rows(made: OrderImport, *, limit: int | None = None) -> Iterator[RefusedRow]:
    """Yield the rows that stayed out, in the order of the file."""
    path = stage_path(made.uuid)
    if not path.exists():
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        found = database.execute(
            "SELECT row, col, value, number, code, facts FROM refusals ORDER BY row LIMIT ?",
            (-1 if limit is None else limit,),
        )
        for row, column, value, number, code, facts in found:
            yield RefusedRow(row, column, value, number, code, json.loads(facts))


def images_of(made: OrderImport) -> QuerySet[ImportBeforeImage]:
    """Return what an import created and replaced."""
    return ImportBeforeImage.objects.filter(order_import=made)
