"""``shuke segments``: trying a rule before it is saved."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Segments: groups of customers defined by rules.", no_args_is_help=True)


@app.command("preview")
def preview(
    rule: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File with the rule as JSON.")],
    as_json: AsJson = False,
) -> None:
    """Count the customers a rule finds, without saving anything."""
    found = perform("segments.preview", {"rule": rule.read_text(encoding="utf-8-sig")}, title="Evaluating the rule")
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['count']:,} customers on {found['as_of']}: {found['sentence']}")


def compute(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Evaluate a rule on the present data."""
    from shuke.cdp.warehouse import actions as warehouse
    from shuke.insight.segments import queries
    from shuke.kernel.clock import utcnow

    warehouse.catch_up(now=utcnow())
    found: dict[str, Any] = json.loads(json.dumps(queries.preview(arguments["rule"]), default=str))
    return found
