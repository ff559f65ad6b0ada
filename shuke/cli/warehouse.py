"""``shuke warehouse``: the analytical mirror."""

import time
from typing import Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="The warehouse that figures and segments are computed in.", no_args_is_help=True)


@app.command("rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Make the warehouse anew from the database. Pages answer from the old one meanwhile."""
    made = perform("warehouse.rebuild", {}, title="Rebuilding the warehouse")
    if as_json:
        print_json(made)
    else:
        rows = sum(made["tables"].values())
        typer.echo(f"The warehouse was rebuilt in {made['seconds']} s: {rows:,} rows in {len(made['tables'])} tables.")


def carry_out(_arguments: dict[str, Any], report: Any) -> dict[str, Any]:
    """Rebuild, and say what is in it now."""
    from shuke.cdp.warehouse import actions, queries
    from shuke.kernel.clock import utcnow

    began = time.monotonic()
    actions.rebuild(now=utcnow(), progress=report)
    return {"seconds": round(time.monotonic() - began, 1), "tables": queries.table_counts()}
