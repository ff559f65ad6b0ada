"""``shuke keys``: keys for programs that use the API."""

from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Keys for programs that use the API.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option("--scope", help="What it may do, such as orders:read; repeat for more.")],
    as_json: AsJson = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    made = perform("keys.create", {"name": name, "scopes": scope}, title="Making a key")
    if as_json:
        print_json(made)
    else:
        typer.echo(made["key"])


def make(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Make a key; audited."""
    from shuke.api import actions
    from shuke.cli.errors import WrongArgument
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    try:
        key, text = actions.create_key(arguments["name"], arguments["scopes"], by=Actor.cli(), now=utcnow())
    except ValueError as unknown:
        raise WrongArgument(str(unknown)) from unknown
    return {"name": key.name, "scopes": key.scopes, "key": text}
