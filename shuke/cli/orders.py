"""``shuke import``: bringing in history from files."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Bring in history from files.", no_args_is_help=True)

LOOK_SECONDS = 0.3
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
    arguments = {
        "path": str(file.resolve()),
        "preset": preset,
        "mapping": _read_mapping(mapping) if mapping else None,
        "shop": shop,
        "currency": currency,
        "dry_run": dry_run,
    }
    done = perform("orders.import", arguments, title="Checking orders" if dry_run else "Importing orders")
    if as_json:
        print_json(done)
    else:
        _print(done, dry_run=dry_run)
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
    from shuke.cdp.orders import actions
    from shuke.cdp.orders.queries import imports
    from shuke.kernel.clock import utcnow
    from shuke.platform.company import actions as company
    from shuke.platform.staff.actor import Actor

    now = utcnow()
    company.found_unnamed(now=now)
    made = actions.start_import(
        Path(arguments["path"]),
        shop_name=arguments["shop"],
        mapping=arguments["mapping"],
        preset=arguments["preset"],
        currency=arguments["currency"].upper(),
        by=Actor.cli(),
        now=now,
        dry_run=arguments["dry_run"],
        enqueue=True,
    )
    made.refresh_from_db()
    error = _follow(made.job_id or 0, report)
    if not arguments["dry_run"]:
        settle(report)
    return _outcome(imports.get_import(made.pk), error)


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
    """Wait until the log has been read by everybody and the work this set off is done."""
    from shuke.cdp.events import queries as events
    from shuke.platform.jobs import queries as jobs

    end = time.monotonic() + timeout
    while time.monotonic() < end:
        behind, unfinished = events.undelivered(), jobs.unfinished_of_system()
        report(0, 0, "bringing figures up to date")
        if not behind and not unfinished:
            return
        time.sleep(LOOK_SECONDS)


def _outcome(made: Any, error: str) -> dict[str, Any]:
    from itertools import islice

    from shuke.cdp.orders.queries import imports

    refused = list(islice(imports.refused_rows(made), MOST_REFUSALS_SHOWN))
    return {
        "id": str(made.uuid),
        "file": made.file_name,
        "shop": made.shop.name,
        "state": made.state,
        "report": made.report,
        "refused": made.report.get("refused", 0),
        "refusals": [
            {"row": row.row, "column": row.column, "value": row.value, "reason": _sentence(row)} for row in refused
        ],
        "error": error or _wording(made.report.get("error", {})),
    }


def _sentence(row: Any) -> str:
    return _wording({**row.facts, "code": row.code})


def _wording(said: dict[str, Any]) -> str:
    from shuke.cdp.orders.errors.wording import sentence

    return str(sentence(said["code"], said)) if said.get("code") else ""
