"""``shuke sources``: who sends events, and under which keys."""

from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json

app = typer.Typer(help="Sources of events: web sites, apps and servers.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the source is called.")],
    shop: Annotated[str, typer.Option("--shop", help="The shop whose visitors these are; opened if there is none.")],
    kind: Annotated[str, typer.Option("--kind", help="browser, server, mobile or mini_program.")] = "browser",
    as_json: AsJson = False,
) -> None:
    """Open a source and print its key."""
    made = perform("sources.create", {"name": name, "shop": shop, "kind": kind}, title="Opening a source")
    if as_json:
        print_json(made)
    else:
        typer.echo(made["write_key"])


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Print the sources at work with their keys."""
    found = perform("sources.list", {}, title="Listing sources")
    if as_json:
        print_json(found)
        return
    for source in found["sources"]:
        typer.echo(f"{source['write_key']}  {source['name']} ({source['kind']}, {source['shop']})")


def make(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Open a source; audited."""
    from shuke.cdp.ingest import actions
    from shuke.cdp.ingest.models import SourceKind
    from shuke.cli.errors import WrongArgument
    from shuke.kernel.clock import utcnow
    from shuke.platform.company import actions as company
    from shuke.platform.staff.actor import Actor

    if arguments["kind"] not in SourceKind.values:
        raise WrongArgument(f"{arguments['kind']} is no kind of source: write one of {', '.join(SourceKind.values)}")
    now = utcnow()
    company.found_unnamed(now=now)
    shop = company.shop_named(arguments["shop"], now=now, kind="web")
    made = actions.create_source(
        name=arguments["name"], shop_id=shop.pk, kind=arguments["kind"], by=Actor.cli(), now=now
    )
    return {"name": made.name, "code": made.code, "shop": shop.name, "write_key": made.write_key}


def find(_arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """List the sources at work."""
    from shuke.cdp.ingest.queries import sources

    return {
        "sources": [
            {"name": one.name, "code": one.code, "kind": one.kind, "shop": one.shop.name, "write_key": one.write_key}
            for one in sources.sources()
        ]
    }
