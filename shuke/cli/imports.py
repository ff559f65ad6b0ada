"""``shuke import``: bringing in history from files."""

import json
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Bring in history from files.", no_args_is_help=True)

LOOK_SECONDS = 0.3
# Work that gathers a burst of changes before it starts waits no longer than this; what waits longer is put off on purpose.
BURST = timedelta(seconds=5)
MOST_REFUSALS_SHOWN = 20


@app.command("orders")
def import_orders(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX, also gzipped.")
    ],
    *,
    preset: Annotated[str, typer.Option(help="Layout of the file: uci-online-retail or generic.")] = "",
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON file that says which column means what.")
    ] = None,
    shop: Annotated[str, typer.Option(help="Shop the orders belong to; a new name opens a shop.")] = "Shop",
    currency: Annotated[str, typer.Option(help="Currency of the amounts, where the file does not say.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a shop's order history. Safe to repeat: what is there already is left alone.

    Without --preset or --mapping the columns are read as they were for the shop's last file like this, or guessed.
    """
    asked = _Asked("orders", file, preset, mapping, shop, dry_run, {"currency": currency.upper()})
    _bring_in(asked, title="Checking orders" if dry_run else "Importing orders", as_json=as_json)


@app.command("customers")
def import_customers(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX, also gzipped.")
    ],
    *,
    preset: Annotated[
        str, typer.Option(help="Layout of the file: shopify-customers, youzan-members or generic-customers.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="JSON file that says which column means what.")
    ] = None,
    shop: Annotated[str, typer.Option(help="Shop the customers belong to; a new name opens a shop.")] = "Shop",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import customers. Safe to repeat: what is there already is left alone.

    Marketing permissions are taken only with evidence. Without --preset or --mapping the columns are read as they were
    for the shop's last file like this, or guessed.
    """
    asked = _Asked("customers", file, preset, mapping, shop, dry_run, {})
    _bring_in(asked, title="Checking customers" if dry_run else "Importing customers", as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: str
    file: Path
    preset: str
    mapping: Path | None
    shop: str
    dry_run: bool
    settings: dict[str, str]


def _bring_in(asked: _Asked, *, title: str, as_json: bool) -> None:
    """Have the import done, and say what came of it."""
    arguments = {
        "kind": asked.kind,
        "path": str(asked.file.resolve()),
        "preset": asked.preset,
        "mapping": _read_mapping(asked.mapping) if asked.mapping else None,
        "shop": asked.shop,
        "settings": asked.settings,
        "dry_run": asked.dry_run,
    }
    done = perform("imports.run", arguments, title=title)
    if as_json:
        print_json(done)
    else:
        _print(done, dry_run=asked.dry_run)
    if done["state"] in {"failed", "cancelled"}:
        raise typer.Exit(1)


def _read_mapping(path: Path) -> Any:
    from shuke.cli.errors import WrongArgument

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as broken:
        raise WrongArgument(f"{path}: not JSON: {broken}") from broken


def _print(done: dict[str, Any], *, dry_run: bool) -> None:
    outcome = done["report"].get("expected" if dry_run else "applied", {})
    typer.echo(f"{done['file']} → {done['shop']}: {done['state']}")
    for kind, actions in outcome.items():
        counts = ", ".join(f"{count:,} {action}" for action, count in actions.items() if count)
        typer.echo(f"  {kind}: {counts or 'none'}")
    if done["refused"]:
        typer.echo(f"  rows refused: {done['refused']:,}")
    for row in done["refusals"]:
        typer.echo(f"    row {row['row']}, {row['column'] or 'row'}: {row['reason']}")
    if error := done["error"]:
        typer.echo(error, err=True)


def carry_out(arguments: dict[str, Any], report: Any) -> dict[str, Any]:
    """Start an import, follow it to its end, and wait until the figures include it."""
    from shuke.kernel.clock import utcnow
    from shuke.platform.company import actions as company
    from shuke.platform.imports import actions, queries
    from shuke.platform.staff.actor import Actor

    now = utcnow()
    company.found_unnamed(now=now)
    made = actions.start_import(
        Path(arguments["path"]),
        kind=arguments["kind"],
        shop_name=arguments["shop"],
        mapping=arguments["mapping"],
        preset=arguments["preset"],
        settings=arguments["settings"],
        by=Actor.cli(),
        now=now,
        dry_run=arguments["dry_run"],
        enqueue=True,
    )
    made.refresh_from_db()
    error = _follow(made.job_id or 0, report)
    if not arguments["dry_run"]:
        settle(report)
    return _outcome(queries.get_import(made.pk), error)


def _follow(job_id: int, report: Any) -> str:
    """Wait for the end of a job, passing its progress on; return what it failed with."""
    from shuke.platform.jobs import queries as jobs

    while True:
        status = jobs.status_of(job_id)
        report(status.done, status.total, status.note)
        if status.is_finished:
            return status.error
        time.sleep(LOOK_SECONDS)


def settle(report: Any, *, timeout: float = 600) -> None:
    """Wait until the log has been read by everybody and the work this set off is done, apart from what is put off."""
    from shuke.cdp.events import queries as events
    from shuke.kernel.clock import utcnow
    from shuke.platform.jobs import queries as jobs

    end = time.monotonic() + timeout
    while time.monotonic() < end:
        behind, unfinished = events.undelivered(), jobs.unfinished_of_system(until=utcnow() + BURST)
        report(0, 0, "bringing figures up to date")
        if not behind and not unfinished:
            return
        time.sleep(LOOK_SECONDS)


def _outcome(made: Any, error: str) -> dict[str, Any]:
    from itertools import islice

    from shuke.platform.imports import queries
    from shuke.platform.imports.kinds import kind_of

    wording = kind_of(made).wording
    refused = list(islice(queries.refused_rows(made), MOST_REFUSALS_SHOWN))
    return {
        "id": str(made.uuid),
        "file": made.file_name,
        "shop": made.shop.name,
        "state": made.state,
        "report": made.report,
        "refused": queries.refused_count(made.report, made.report.get("applied") or made.report.get("expected") or {}),
        "refusals": [
            {"row": row.row, "column": row.column, "value": row.value, "reason": wording.sentence(row.code, row.facts)}
            for row in refused
        ],
        "error": error or _failure(wording, made.report.get("error", {})),
    }


def _failure(wording: Any, said: dict[str, Any]) -> str:
    return str(wording.sentence(said["code"], said)) if said.get("code") else ""
