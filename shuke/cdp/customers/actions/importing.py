"""Bringing in files of customers: how they are read, compared and written."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from typing_extensions import override

from shuke.cdp.customers import rules
from shuke.cdp.customers.actions.taking_in import CODES, KIND, RECORD, Outcome, Taking, tally
from shuke.cdp.customers.actions.taking_out import TakingOut
from shuke.cdp.customers.errors.files import WORDING
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.queries.imports import changed_since
from shuke.cdp.customers.rules import file_columns
from shuke.cdp.customers.rules.file_columns import CustomerMapping
from shuke.cdp.events.actions import Provenance
from shuke.platform.crypto import blind_index, keys, sealing
from shuke.platform.imports.actions import files
from shuke.platform.imports.kinds import Applying, Changed, ImportKind
from shuke.platform.imports.models import Import
from shuke.platform.imports.progress import Cancelled, Progress
from shuke.platform.imports.queries import open_stage
from shuke.platform.imports.rules import moments
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.manifest import customer_columns

_ROWS_AT_ONCE = 400


class CustomerFiles(ImportKind):
    """Files of customers."""

    code = KIND
    stager = "shuke.cdp.customers.engine.stage"
    presets = tuple(file_columns.PRESETS)
    wording = WORDING

    @override
    def mapping(self, said: Any) -> CustomerMapping:
        return file_columns.from_json(said)

    @override
    def problems(self, mapping: CustomerMapping, headers: Sequence[str]) -> list[Refused]:
        return file_columns.problems(mapping, headers)

    @override
    def guess(self, made: Import, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> CustomerMapping:
        preset = file_columns.recognised(headers)
        fitted = file_columns.fitting(preset, headers) if preset else CustomerMapping()
        others = {
            f"{each.prefix}:{key}": column.names
            for each in customer_columns()
            for key, column in each.columns().items()
        }
        guessed = file_columns.guess(headers, others)
        taken = set(fitted.columns.values())
        columns = dict(fitted.columns) | {
            field: header for field, header in guessed.items() if field not in fitted.columns and header not in taken
        }
        places = [headers.index(columns[name]) for name in ("birthday", "registered_at") if name in columns]
        samples = [row[at] for row in rows for at in places if at < len(row) and row[at]]
        zone = fitted.time_zone if fitted.time_zone != "UTC" else made.shop.time_zone
        order, _is_proven = moments.date_order(samples)
        return CustomerMapping(columns=columns, preset=preset, time_zone=zone, date_order=order)

    @override
    def fitted(self, made: Import, preset: str, headers: Sequence[str], guessed: CustomerMapping) -> CustomerMapping:
        fitted = file_columns.fitting(preset, headers)
        zone = fitted.time_zone if fitted.time_zone != "UTC" else made.shop.time_zone
        return file_columns.from_json(fitted.as_json() | {"time_zone": zone, "date_order": guessed.date_order})

    @override
    def about(self, made: Import) -> dict[str, Any]:
        blocked = identities.settings().blocked()
        return {
            "namespace": made.shop.code, "home_region": rules.region_of_zone(made.shop.time_zone),
            "blocked": {
                "emails": sorted(blocked.emails), "phones": sorted(blocked.phones), "ids": sorted(blocked.ids)
            },
            "keys": str(settings.SHUKE_KEYS_DIR),
            # Rows staged under keys that are no longer in use are staged anew.
            "numbers": [keys.newest(ring)[0] for ring in (sealing.RING, blind_index.RING)],
        }  # fmt: skip

    @override
    def compare(self, made: Import, report: Mapping[str, Any], progress: Progress) -> dict[str, dict[str, int]]:
        """Write every chunk and take it back at once: the answer is what the import will do, and nothing is stored.

        Who is new is remembered between chunks, so that one person in many rows counts once.
        """
        applying = ApplyingCustomers(made, started_at=made.started_at or made.created_at, is_trial=True)
        done, total, counts = 0, report["records"][RECORD], tally({}, Outcome())
        with closing(open_stage(made)) as stage:
            for _last, chunk in applying.chunks(stage, 0):
                with transaction.atomic():
                    counts = tally(counts, applying.take(chunk))
                    transaction.set_rollback(True)
                done += len(chunk)
                if progress.is_cancelled():
                    raise Cancelled
                progress.progress(done, total, _("Comparing with what is stored"))
        return {RECORD: counts}

    @override
    def applying(self, made: Import, *, started_at: datetime) -> "ApplyingCustomers":
        return ApplyingCustomers(made, started_at=started_at)

    @override
    def changed_since(self, made: Import) -> Changed:
        return changed_since(made)

    @override
    def undoing(self, made: Import, *, now: datetime) -> TakingOut:
        return TakingOut(made, Provenance(made.shop.code, made.created_by, now, historical=True))


class ApplyingCustomers(Applying):
    """Writes staged customers."""

    def __init__(self, made: Import, *, started_at: datetime, is_trial: bool = False) -> None:
        super().__init__(made)
        by = Provenance(made.shop.code, made.created_by, started_at, historical=True, import_id=made.pk)
        self._taking = Taking(made, file_columns.from_json(made.mapping), by, is_trial=is_trial)

    @property
    @override
    def note(self) -> str:
        return _("Writing customers")

    @override
    def chunks(self, stage: sqlite3.Connection, checkpoint: int) -> Iterator[tuple[int, list[Any]]]:
        # Each chunk is read whole: while a chunk is written, the staging file takes what was refused.
        query = "SELECT seq, first_row, said FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
        last = checkpoint
        while rows := stage.execute(query, (last, _ROWS_AT_ONCE)).fetchall():
            last = rows[-1][0]
            yield last, rows

    @override
    def write(self, chunk: list[Any]) -> dict[str, Any]:
        return {RECORD: tally(self.made.report["applied"].get(RECORD, {}), self.take(chunk))}

    def take(self, chunk: Iterable[Any]) -> Outcome:
        """Take in a chunk in the open transaction; what is refused goes to the staging file."""
        rows = list(chunk)
        outcome = self._taking.take(rows)
        files.refuse(self.made.uuid, (rows[0][0], rows[-1][0]), CODES, outcome.refusals)
        return outcome


__all__ = ["ApplyingCustomers", "CustomerFiles"]
