"""``shuke up``: start the server."""

import os
from typing import Annotated

import typer


def up(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Start Shuke: the web interface, the jobs and the warehouse, in one process. Stop it with Ctrl-C."""
    announce_url(host, port)
    serve(host, port)


def announce_url(host: str, port: int) -> None:
    """Let settings know our address, unless ``SHUKE_URL`` says how people reach us. Before Django is loaded."""
    name = "127.0.0.1" if host in _WILDCARDS else f"[{host}]" if ":" in host else host
    os.environ.setdefault("SHUKE_URL", f"http://{name}:{port}")


def _warn_of_unreachable(host: str) -> str:
    """Say what is missing when other machines may connect but none would get a page."""
    from django.conf import settings

    if host in _WILDCARDS and settings.SHUKE_PUBLIC.host in {"127.0.0.1", "localhost"}:
        return "  Other machines are refused until SHUKE_URL is the address they use, like http://192.168.1.5:8000\n"
    return ""


def serve(host: str, port: int, *, greeting: str = "") -> None:
    """Own ``SHUKE_HOME`` and answer until told to stop; ``greeting`` is shown with the address."""
    from shuke.cli import handing, setup

    with setup.own_home(with_runtime=False):
        from django.conf import settings

        from shuke.config import server
        from shuke.config.control import ControlServer
        from shuke.config.runtime import Runtime

        banner = _banner() + _warn_of_unreachable(host) + greeting
        home = settings.SHUKE_HOME
        parts = (Runtime(home), ControlServer(home, handing.commands()))
        server.serve(host, port, beside=parts, when_listening=lambda: typer.echo(banner))


_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - recognised, not bound


def _banner() -> str:
    """Say where to go; before anybody can log in, how to make the first account."""
    from django.conf import settings

    from shuke.platform.staff import setup_token
    from shuke.platform.staff.models import Staff

    url = settings.SHUKE_PUBLIC.url
    lines = ["", f"  Shuke 熟客   {url}", ""]
    if not Staff.objects.exists():
        lines += [
            "  Nobody can log in yet. Open this link once to make the first account:",
            "  还没有账号，请打开下面的一次性链接创建第一个账号：",
            "",
            f"  {url}/setup/{setup_token.issue()}/",
            "",
        ]
    return "\n".join(lines)
