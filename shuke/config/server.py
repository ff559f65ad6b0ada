"""The server: one process that answers requests, runs the jobs and keeps the warehouse up to date.

One process, so that stopping it, however, stops everything, and the warehouse file has exactly one owner.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from shuke.kernel.errors import Kind, ShukeError

log = logging.getLogger(__name__)

# Built assets carry a hash of their content in their names.
STATIC_EXPIRES_SECONDS = 30 * 24 * 3600
# How long a stopping server waits for requests and jobs to reach a point where they can be left.
GRACE_SECONDS = 15
SWITCH_SECONDS = 0.001


class PortIsTaken(ShukeError):
    """The address to listen on is in use or not ours."""

    code = "shuke.port_is_taken"
    kind = Kind.CONFLICT


def migrate() -> bool:
    """Bring the database up to date; return whether there was anything to do."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def is_set_up() -> bool:
    """Whether somebody could lose something here: there is a company or an account."""
    from shuke.platform.company.models import Company
    from shuke.platform.staff.models import Staff

    if Company._meta.db_table not in connection.introspection.table_names():
        return False
    return Company.objects.exists() or Staff.objects.exists()


def serve(
    host: str,
    port: int,
    *,
    beside: Iterable[AbstractContextManager[object]] = (),
    when_listening: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests on ``host:port`` until told to stop, with other parts at work beside; then stop all in order."""
    from shuke.config.asgi import application

    _refuse_taken_port(host, port)
    # Threads that compute give the interpreter up this often, so that those that answer need not wait for it.
    sys.setswitchinterval(SWITCH_SECONDS)
    with ExitStack() as stack:
        for part in beside:
            stack.enter_context(part)
        asyncio.run(_serve(application, host, port, when_listening))
        _insist_on_ending()


def _refuse_taken_port(host: str, port: int) -> None:
    """Find out before anything starts: granian shares a port that another process listens on, and each gets half."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise PortIsTaken(
                _("Cannot listen on {host}:{port}: {reason}. Choose another with --port.").format(
                    host=host, port=port, reason=taken.strerror or taken
                )
            ) from taken


async def _serve(application: object, host: str, port: int, when_listening: Callable[[], None]) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    mounts = static_mounts()
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
        websockets=False,
        backlog=1024,
        static_path_route=list(mounts),
        static_path_mount=list(mounts.values()),
        static_path_expires=STATIC_EXPIRES_SECONDS,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    loop.call_later(0.2, when_listening)
    await server.serve()


def static_mounts() -> dict[str, Path]:
    """Return the folders served under ``/static``, the most specific first; the server itself serves them, not Django."""
    from django.contrib.staticfiles.finders import AppDirectoriesFinder

    import shuke

    storages = AppDirectoriesFinder().storages.values()
    folders = [folder for storage in storages for folder in Path(storage.location).iterdir() if folder.is_dir()]
    mounts = {f"/static/{folder.name}": folder for folder in folders}
    own = Path(shuke.__file__).parent / "static"
    own.mkdir(exist_ok=True)
    return {**mounts, "/static": own}


def _insist_on_ending() -> None:
    """Leave even when a thread is stuck, after a time of grace: what is durable does not need its goodbye."""

    def leave() -> None:
        log.warning("something did not stop within %s s; leaving without it", GRACE_SECONDS)
        os._exit(0)

    timer = threading.Timer(GRACE_SECONDS, leave)
    timer.daemon = True
    timer.start()
