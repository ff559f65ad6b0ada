"""Taking a consistent copy of the database while others write to it, and putting one back.

SQLite: its own online backup, in one step, so that it sees one moment. PostgreSQL: every table by ``COPY``, in one
repeatable-read transaction, so that no other program needs to be installed.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils.translation import gettext as _

from shuke.cli.errors import BadBackup

SQLITE_NAME = "shuke.sqlite3"


def dump(folder: Path) -> dict[str, int]:
    """Write the database into ``folder`` and return how many rows each table has there."""
    folder.mkdir(mode=0o700, parents=True)
    if connection.vendor == "sqlite":
        copy = folder / SQLITE_NAME
        with closing(sqlite3.connect(database_path())) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        return checked(copy)
    return _dump_postgresql(folder)


def database_path() -> Path:
    """Return the file of the SQLite database."""
    return Path(connection.settings_dict["NAME"])


def checked(copy: Path) -> dict[str, int]:
    """Return how many rows each table of a SQLite file has; raise ``BadBackup`` if the file is damaged."""
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as database:
        try:
            verdict = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            names = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).fetchall()
            counts = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}  # noqa: S608
        except sqlite3.DatabaseError as broken:
            verdict, counts = str(broken), {}
    if verdict != "ok":
        raise BadBackup(_("The database in it is damaged: {reason}").format(reason=verdict))
    return counts


def migrations() -> list[list[str]]:
    """Return the migrations that the present database has."""
    from django.db.migrations.recorder import MigrationRecorder

    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def _tables() -> list[str]:
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(names | {"django_migrations"})


def _dump_postgresql(folder: Path) -> dict[str, int]:
    counts = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in _tables():
            with (folder / f"{table}.copy").open("wb") as file, cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                for piece in rows:
                    file.write(piece)
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  names of our own tables
            counts[table] = cursor.fetchone()[0]
    return counts


def load_postgresql(folder: Path, counts: dict[str, int]) -> None:
    """Replace everything in the database by a dump of the same version, in one transaction."""
    from django.core.management.color import no_style

    tables = _tables()
    if set(counts) != set(tables):
        raise BadBackup(_("The backup and this version of Shuke have different tables."))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables) + " CASCADE")
        # Foreign keys are checked at the end of the transaction, so the order of tables does not matter.
        for table in tables:
            with (folder / f"{table}.copy").open("rb") as file, cursor.copy(f'COPY "{table}" FROM STDIN') as rows:
                while piece := file.read(1024 * 1024):
                    rows.write(piece)
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            if cursor.fetchone()[0] != counts[table]:
                raise BadBackup(
                    _("The backup holds another number of rows in {table} than it says.").format(table=table)
                )
        models: list[Any] = list(apps.get_models(include_auto_created=True))
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
