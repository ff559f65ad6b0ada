"""``shuke messages``: stopping everything that goes out, from the command line, and letting it go on."""

from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json, print_table

app = typer.Typer(help="Messages to customers: stop them, let them go on.", no_args_is_help=True)
Channel = Annotated[str, typer.Option("--channel", help="Only this one: email, sms, wechat_oa, wecom, push, onsite.")]


@app.command("stop")
def stop(
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever wonders.")] = "", channel: Channel = ""
) -> None:
    """Let nothing leave from this moment on. What was asked for waits or, if nobody asked for it, is refused."""
    done = perform("messages.stop", {"channel": channel, "reason": reason}, title="Stopping")
    typer.echo("Nothing leaves any more." if done["is_new"] else "It was stopped already.")


@app.command("go-on")
def go_on(channel: Channel = "") -> None:
    """Let messages go on; each is checked anew before it leaves."""
    done = perform("messages.go_on", {"channel": channel}, title="Going on")
    typer.echo("Messages go on." if done["ended"] else "Nothing was stopped.")


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Say what is stopped, and where the messages of the last thirty days stand."""
    found = perform("messages.status", {}, title="Reading")
    if as_json:
        print_json(found)
        return
    for one in found["stops"]:
        typer.echo(f"Stopped: {one['scope']} since {one['since']} by {one['by']} {one['reason']}".rstrip())
    print_table(("STATE", "MESSAGES"), [(state, str(count)) for state, count in sorted(found["messages"].items())])


def carry_out_stop(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Stop messages; audited."""
    from shuke.crm.messaging.actions import stopping
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    _check(arguments["channel"])
    said = {"channel": arguments["channel"], "reason": arguments["reason"]}
    return {"is_new": stopping.stop_everything(**said, by=Actor.cli(), now=utcnow())}


def carry_out_going_on(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """End a stop; audited."""
    from shuke.crm.messaging.actions import stopping
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    _check(arguments["channel"])
    return {"ended": stopping.go_on(channel=arguments["channel"], by=Actor.cli(), now=utcnow())}


def look(_arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Return what is stopped and how many messages stand where."""
    from datetime import timedelta

    from shuke.crm.messaging.queries import browsing, standing
    from shuke.kernel.clock import utcnow

    stops = [
        {"scope": one.scope, "reason": one.reason, "since": one.since.isoformat(timespec="seconds"), "by": one.by}
        for one in standing.stops()
    ]
    return {"stops": stops, "messages": dict(browsing.totals(since=utcnow() - timedelta(days=30)))}


def _check(channel: str) -> None:
    from shuke.cli.errors import WrongArgument
    from shuke.crm.channels.queries import CHANNELS

    if channel and channel not in CHANNELS:
        raise WrongArgument(f"There is no channel {channel}; there are {', '.join(CHANNELS)}.")
