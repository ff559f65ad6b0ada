"""``shuke staff``: who can log in, and letting somebody in."""

from typing import Annotated, Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_json, print_table

app = typer.Typer(help="People who log in.", no_args_is_help=True)


@app.command("link")
def link(email: Annotated[str, typer.Argument(help="E-mail address of the account.")]) -> None:
    """Print a link that logs somebody in once, within the next half hour."""
    typer.echo(perform("staff.link", {"email": email}, title="Making a link")["url"])


@app.command("list")
def list_staff(as_json: AsJson = False) -> None:
    """List the accounts."""
    people = perform("staff.list", {}, title="Reading")["staff"]
    if as_json:
        print_json(people)
        return
    print_table(
        ("E-MAIL", "NAME", "ROLE", "ACTIVE", "LAST LOG-IN"),
        [
            (p["email"], p["name"], p["role"], "yes" if p["is_active"] else "no", p["last_login"] or "never")
            for p in people
        ],
    )


def issue_link(arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Make a one-time link for an active account; audited."""
    from django.utils.translation import gettext as _

    from shuke.cli.errors import NoSuchAccount
    from shuke.kernel.clock import utcnow
    from shuke.platform.audit.actions import record
    from shuke.platform.staff import entry_link
    from shuke.platform.staff.actor import Actor
    from shuke.platform.staff.models import Staff

    staff = Staff.objects.filter(email__iexact=arguments["email"], is_active=True).first()
    if staff is None:
        raise NoSuchAccount(_("There is no active account {email}.").format(email=arguments["email"]))
    record(Actor.cli(), "staff.link_issued", target=f"staff.Staff:{staff.pk}", now=utcnow())
    return {"url": entry_link.address(entry_link.issue(staff))}


def everybody(_arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Return every account."""
    from shuke.platform.staff.models import Staff

    columns = ("email", "name", "role", "is_active", "last_login")
    return {"staff": list(Staff.objects.order_by("pk").values(*columns))}
