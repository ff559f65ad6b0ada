"""``shuke backup`` and ``shuke restore``."""

import hashlib
import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shuke.cli.archive import Description


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Put the keys in, so that it can be restored alone. Guard it like the keys."),
    ] = False,
) -> None:
    """Save the database and files in one file, while Shuke runs or not. It is checked before it appears."""
    from shuke.cli import setup
    from shuke.cli.errors import WrongArgument

    if file.exists():
        raise WrongArgument(f"{file} exists already; choose another name.")
    if not file.resolve().parent.is_dir():
        raise WrongArgument(f"There is no folder {file.resolve().parent}.")
    setup.django()
    from django.conf import settings

    from shuke.cli import archive, dumps
    from shuke.kernel.clock import utcnow

    with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.SHUKE_HOME) as folder:
        counts = dumps.dump(Path(folder) / "database")
        _copy_folder(settings.SHUKE_FILES_DIR, Path(folder) / "files")
        if with_keys:
            _copy_folder(settings.SHUKE_KEYS_DIR, Path(folder) / "keys")
        archive.write(file.resolve(), Path(folder), _describe(counts, has_keys=with_keys, now=utcnow()))
    typer.echo(
        f"{file}: {file.stat().st_size / 1024**2:.1f} MB, {sum(counts.values()):,} rows in {len(counts)} tables."
    )
    if not with_keys:
        typer.echo(f"It can only be read with the keys in {settings.SHUKE_KEYS_DIR}; keep a copy of them elsewhere.")


def _describe(counts: dict[str, int], *, has_keys: bool, now: datetime) -> "Description":
    from django.db import connection

    import shuke
    from shuke.cli import archive, dumps

    return archive.Description(
        version=shuke.__version__,
        engine=connection.vendor,
        made_at=now.isoformat(),
        migrations=dumps.migrations(),
        counts=counts,
        key_fingerprints=_fingerprints(),
        has_keys=has_keys,
    )


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file made by shuke backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is here without asking.")] = False,
) -> None:
    """Put a backup in the place of what is here. What was here is kept aside. Shuke must not be running."""
    from shuke.cli import setup

    setup.django()
    from django.conf import settings

    from shuke.cli import archive
    from shuke.config.lock import HomeLock

    with (
        HomeLock(settings.SHUKE_HOME),
        tempfile.TemporaryDirectory(prefix="restore-", dir=settings.SHUKE_HOME) as folder,
    ):
        description = archive.unpack(file, Path(folder))
        _refuse_misfit(description)
        if not yes:
            _ask(description.made_at)
        aside = _put_in_place(Path(folder), description)
        again = _keep_promises(description.made_at)
    typer.echo(f"Restored the backup of {description.made_at}: {sum(description.counts.values()):,} rows.")
    if aside is not None:
        typer.echo(f"What was here before is in {aside}; delete it when you no longer need it.")
    if any(again.values()):
        typer.echo(
            "Done again, because it was done after the backup: "
            f"{again['erased']} erasures, {again['suppressed']} suppressions, {again['refused']} refusals."
        )
    typer.echo("The warehouse is made anew at the next start.")


def _keep_promises(made_at: str) -> dict[str, int]:
    """Do again what people were promised after the backup: erasures, suppressions and refusals, from the journal."""
    from shuke.cdp.privacy import actions
    from shuke.kernel.clock import utcnow

    return actions.replay_journal(since=datetime.fromisoformat(made_at), now=utcnow())


def _refuse_misfit(description: "Description") -> None:
    """Refuse a backup that this installation could not use, before anything is touched."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    from shuke.cli.errors import BadBackup

    if description.engine != connection.vendor:
        raise BadBackup(
            f"The backup is of a {description.engine} database, and SHUKE_DATABASE_URL names a {connection.vendor} one."
        )
    known = MigrationLoader(None).disk_migrations
    if any((app, name) not in known for app, name in description.migrations):
        raise BadBackup(f"The backup was made by Shuke {description.version}, which is newer than this one.")
    if not description.has_keys:
        present = _fingerprints()
        for name, fingerprint in description.key_fingerprints.items():
            if present.get(name) != fingerprint:
                raise BadBackup(
                    f"The backup was sealed with another key than {name} here, and does not hold its own. "
                    "Put the keys it was made with into SHUKE_HOME/keys first."
                )


def _ask(made_at: str) -> None:
    from shuke.cli.errors import WrongArgument
    from shuke.config import server

    if not server.is_set_up():
        return
    if not sys.stdin.isatty():
        raise WrongArgument("There is data here already. Add --yes to put the backup in its place.")
    typer.confirm(f"Replace what is here by the backup of {made_at}?", abort=True)


def _put_in_place(folder: Path, description: "Description") -> Path | None:
    from django.conf import settings
    from django.db import connection

    from shuke.cli import dumps
    from shuke.cli.errors import BadBackup
    from shuke.config import server

    home: Path = settings.SHUKE_HOME
    aside = home / f"before-restore-{description.made_at[:19].replace(':', '')}"
    for number in range(2, 1000):
        if not aside.exists():
            break
        aside = aside.with_name(f"{aside.name.split('_')[0]}_{number}")
    database = folder / "database"
    if connection.vendor == "sqlite":
        if dumps.checked(database / dumps.SQLITE_NAME) != description.counts:
            raise BadBackup("The database in the backup holds another number of rows than the backup says.")
        connection.close()
        path = dumps.database_path()
        for suffix in ("", "-wal", "-shm"):
            _move(path.with_name(path.name + suffix), aside)
        shutil.move(database / dumps.SQLITE_NAME, path)
        server.migrate()
    else:
        server.migrate()
        if dumps.migrations() != description.migrations:
            raise BadBackup(
                f"The backup is of Shuke {description.version}; restore it with that version, then upgrade."
            )
        dumps.load_postgresql(database, description.counts)
    _move(settings.SHUKE_WAREHOUSE.path, aside)
    _move(settings.SHUKE_WAREHOUSE.path.with_name(settings.SHUKE_WAREHOUSE.path.name + ".wal"), aside)
    _swap(folder / "files", settings.SHUKE_FILES_DIR, aside)
    if description.has_keys:
        _swap(folder / "keys", settings.SHUKE_KEYS_DIR, aside)
    return aside if aside.exists() else None


def _swap(new: Path, place: Path, aside: Path) -> None:
    _move(place, aside)
    if new.exists():
        shutil.move(new, place)


def _move(path: Path, aside: Path) -> None:
    if path.exists():
        aside.mkdir(mode=0o700, exist_ok=True)
        shutil.move(path, aside / path.name)


def _copy_folder(source: Path, target: Path) -> None:
    """Copy a folder; what disappears meanwhile was being cleaned up anyway."""
    for file in sorted(source.rglob("*")) if source.exists() else ():
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                shutil.copy2(file, copy)
            except FileNotFoundError:
                copy.unlink(missing_ok=True)


def _fingerprints() -> dict[str, str]:
    from django.conf import settings

    return {
        key.name: hashlib.sha256(b"shuke.key-fingerprint\0" + key.read_bytes()).hexdigest()[:32]
        for key in sorted(settings.SHUKE_KEYS_DIR.glob("*.key"))
        if key.name != "django.key"  # signs cookies only
    }
