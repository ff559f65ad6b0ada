"""``shuke keys``: keys for programs that use the API, and the keys that personal data is sealed with."""

from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Keys for programs that use the API, and keys that seal personal data.", no_args_is_help=True)


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


@app.command("rotate")
def rotate(
    go_on: Annotated[
        bool, typer.Option("--continue", help="Finish a rotation that was interrupted, without making new keys.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make new keys for personal data and bring everything under them, while Shuke runs or not."""
    done = perform("keys.rotate", {"new_keys": not go_on}, title="Changing keys")
    if as_json:
        print_json(done)
        return
    typer.echo(f"{done['sealed']:,} values sealed anew, {done['indexed']:,} addresses indexed anew.")
    if done["stranded"]:
        typer.echo(f"{done['stranded']:,} fingerprints of addresses nobody holds stay under their earlier key.")
    typer.echo("Copy the new files in SHUKE_HOME/keys to where you keep the others, then: shuke keys retire")


@app.command("retire")
def retire(as_json: AsJson = False) -> None:
    """Remove earlier keys that nothing needs any more. Backups made before then still need them: keep a copy."""
    removed = perform("keys.retire", {}, title="Removing keys")
    if as_json:
        print_json(removed)
    else:
        typer.echo("; ".join(f"{ring}: {len(numbers)} removed" for ring, numbers in removed.items()))


def carry_out_rotation(arguments: dict[str, Any], report: Any) -> dict[str, Any]:
    """Rotate; audited."""
    from dataclasses import asdict

    from shuke.cdp.privacy.actions import rotating
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    done = rotating.rotate(by=Actor.cli(), now=utcnow(), progress=report, new_keys=arguments["new_keys"])
    return asdict(done)


def carry_out_retirement(_arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Remove old keys; audited."""
    from shuke.cdp.privacy.actions import rotating
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    return dict(rotating.retire(by=Actor.cli(), now=utcnow()))
