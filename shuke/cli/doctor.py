"""``shuke doctor``: what is wrong here, and what to do about it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from shuke.cli.output import AsJson, print_json

GOOD, NOTE, BAD = "good", "note", "bad"
MARKS = {GOOD: "✓", NOTE: "·", BAD: "✗"}
LITTLE_SPACE_BYTES = 2 * 1024**3
MUCH_LAG_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and what to do when it should be otherwise."""

    subject: str
    state: str
    says: str
    advice: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Check versions, configuration, keys, disk, database, warehouse and optional parts. Ends with 1 if something is bad."""
    findings = list(examine())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]} {finding.subject}: {finding.says}")
            if finding.advice:
                typer.echo(f"    {finding.advice}")
    if any(finding.state == BAD for finding in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Look at everything; what fails to be looked at is a finding itself."""
    yield _python()
    try:
        from shuke.cli import setup

        setup.django()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user came to hear
        yield Finding("configuration", BAD, str(error), "Correct the environment variable and try again.")
        return
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _home, _server, _keys, _disk, _database, _warehouse, _jobs, _interface, _optional,
    )  # fmt: skip
    for look in looks:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - likewise
            yield Finding(look.__name__.strip("_"), BAD, f"{type(error).__name__}: {error}")


def _python() -> Finding:
    return Finding("python", GOOD, ".".join(map(str, sys.version_info[:3])))


def _home() -> Iterator[Finding]:
    from django.conf import settings

    import shuke

    yield Finding(
        "shuke", GOOD, f"{shuke.__version__}, home {settings.SHUKE_HOME}, address {settings.SHUKE_PUBLIC.url}"
    )
    if settings.SHUKE_HOME.stat().st_mode & 0o077:
        advice = f"Others on this machine can read it: chmod 700 {settings.SHUKE_HOME}"
        yield Finding("home", NOTE, "is not private", advice)


def _server() -> Iterator[Finding]:
    from django.conf import settings

    from shuke.config import control

    if control.is_listening(settings.SHUKE_HOME):
        yield Finding("server", GOOD, "running")
    else:
        yield Finding("server", NOTE, "not running", "Start it with: shuke up")


def _keys() -> Iterator[Finding]:
    from django.conf import settings

    folder: Path = settings.SHUKE_KEYS_DIR
    open_to_others = [key.name for key in folder.glob("*.key") if key.stat().st_mode & 0o077]
    if open_to_others:
        advice = f"chmod 600 {folder}/*.key"
        yield Finding("keys", BAD, f"readable by others: {', '.join(open_to_others)}", advice)
    else:
        count = len(list(folder.glob("*.key")))
        advice = "Keep a copy of them apart from your backups: without them sealed personal data cannot be read."
        yield Finding("keys", GOOD, f"{count} in {folder}", advice)


def _disk() -> Iterator[Finding]:
    from django.conf import settings

    free = shutil.disk_usage(settings.SHUKE_HOME).free
    says = f"{free / 1024**3:.1f} GB free"
    if free < LITTLE_SPACE_BYTES:
        yield Finding("disk", BAD, says, "Make room: when the disk is full nothing can be written.")
    else:
        yield Finding("disk", GOOD, says)


def _database() -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            engine = f"SQLite {cursor.fetchone()[0]}"
            cursor.execute("PRAGMA quick_check(1)")
            verdict = cursor.fetchone()[0]
            if verdict != "ok":
                yield Finding("database", BAD, f"damaged: {verdict}", "Stop Shuke and restore a backup.")
                return
        else:
            cursor.execute("SHOW server_version")
            engine = f"PostgreSQL {cursor.fetchone()[0]}"
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding(
            "database", NOTE, f"{engine}, of an older version or empty", "The next start brings it up to date."
        )
    else:
        yield Finding("database", GOOD, engine)


def _warehouse() -> Iterator[Finding]:
    from django.conf import settings

    from shuke.cdp.events import queries as events

    engine = settings.SHUKE_WAREHOUSE.engine
    if engine == "duckdb" and not settings.SHUKE_WAREHOUSE.path.exists():
        yield Finding("warehouse", NOTE, "not there", "The next start makes it anew from the database.")
        return
    # The file belongs to the server; how far it is, it also notes in the database.
    lag = max(0, events.last_position() - events.cursor_of("warehouse"))
    if lag > MUCH_LAG_EVENTS:
        advice = "Is the server running? If this does not shrink, look at its log."
        yield Finding("warehouse", BAD, f"{engine}, {lag:,} events behind", advice)
    else:
        yield Finding("warehouse", GOOD, f"{engine}, {lag:,} events behind")


def _jobs() -> Iterator[Finding]:
    from shuke.platform.jobs import queries as jobs

    counts = jobs.counts()
    failed = counts.get("failed", 0)
    says = f"{counts.get('running', 0)} running, {counts.get('queued', 0)} waiting, {failed} failed in the last 30 days"
    yield Finding("jobs", NOTE if failed else GOOD, says, "The page Jobs says what failed and why." if failed else "")


def _interface() -> Iterator[Finding]:
    from shuke.platform.ui import assets

    if assets.manifest():
        yield Finding("interface", GOOD, "built")
    else:
        yield Finding(
            "interface", BAD, "its files are not built", "In a checkout run: bin/shuke doctor, which builds them."
        )


def _optional() -> Iterator[Finding]:
    from django.conf import settings

    for name, programs, use in (
        ("Chromium", ("chromium", "google-chrome"), "only the browser tests use it"),
        ("Java", ("java",), "only a Spark warehouse uses it"),
    ):
        path = next(filter(None, map(shutil.which, programs)), None)
        yield Finding(name, GOOD if path else NOTE, path or f"not installed; {use}")
    if settings.SHUKE_WAREHOUSE.engine == "spark":
        from importlib.util import find_spec

        if find_spec("pyspark") is None:
            yield Finding("pyspark", BAD, "not installed", "Install the cluster extra: pip install 'shuke[cluster]'")
