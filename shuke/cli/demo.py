"""``shuke demo``: a made-up company with two years behind it, to look around in."""

import os
from typing import Annotated, Any

import typer

from shuke.cli.progress import shown


def demo(
    size: Annotated[str, typer.Option(help="How many customers: 2k, 100k or 1M.")] = "2k",
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 7,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    only_build: Annotated[bool, typer.Option("--only-build", help="Make the company and end.")] = False,
) -> None:
    """Make a demo company, the first time, and start Shuke with it.

    It lives in a folder of its own (.shuke/demo in a checkout) unless SHUKE_HOME says otherwise.
    """
    from shuke.cli import setup, up

    if not os.environ.get("SHUKE_HOME"):
        os.environ["SHUKE_HOME"] = str(setup.home() / "demo")
    up.announce_url(host, port)
    with setup.own_home(with_runtime=False):
        built = _build_once(size, seed)
    if built is not None:
        typer.echo(
            f"The demo company is there: {built['customers']:,} customers, {built['orders']:,} orders.", err=True
        )
    if not only_build:
        up.serve(host, port, greeting=_who_can_log_in())


def _build_once(size: str, seed: int) -> dict[str, Any] | None:
    """Make the company unless it is there. One that was left half made is thrown away and made anew."""
    from django.conf import settings

    from shuke.demo import actions
    from shuke.kernel.clock import utcnow
    from shuke.platform.company import queries as company

    finished = settings.SHUKE_HOME / "demo-is-complete"
    if finished.exists():
        return None
    found = company.find_company()
    if found is not None and found.is_demo:
        _start_over()
    with shown("Making the demo company") as report:
        built = actions.build(size, seed=seed, now=utcnow(), progress=report)
    finished.touch()
    return built.counts()


def _start_over() -> None:
    from django.conf import settings
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)
    path = settings.SHUKE_WAREHOUSE.path
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def _who_can_log_in() -> str:
    from shuke.demo.rules import COLLEAGUES, PASSWORD

    width = max(len(colleague.email) for colleague in COLLEAGUES)
    people = [f"  {colleague.email.ljust(width)}   {colleague.role.label}" for colleague in COLLEAGUES]
    return "\n".join([f"  Log in with the password {PASSWORD} as / 登录密码同上，可用账号：", "", *people, ""])
