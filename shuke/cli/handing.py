"""Where a command is carried out: by the running server if there is one, else here.

The server owns the warehouse file and the queue, and SQLite has one fair writer: so while it runs, commands that write
or need the warehouse go through its control socket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from shuke.cli import setup
from shuke.cli.progress import shown
from shuke.config import control
from shuke.config.control import Command, Report


@dataclass(frozen=True, slots=True)
class Work:
    """What a command does, as ``module:function``, and whether it needs jobs and the log to be at work meanwhile."""

    place: str
    needs_runtime: bool = False

    def load(self) -> Command:
        """Import the function."""
        module, name = self.place.split(":")
        found: Command = getattr(import_module(module), name)
        return found


WORK: Mapping[str, Work] = {
    "keys.create": Work("shuke.cli.keys:make"),
    "sources.create": Work("shuke.cli.sources:make"),
    "sources.list": Work("shuke.cli.sources:find"),
    "keys.retire": Work("shuke.cli.keys:carry_out_retirement"),
    "keys.rotate": Work("shuke.cli.keys:carry_out_rotation"),
    "imports.run": Work("shuke.cli.imports:carry_out", needs_runtime=True),
    "messages.go_on": Work("shuke.cli.messages:carry_out_going_on"),
    "messages.status": Work("shuke.cli.messages:look"),
    "messages.stop": Work("shuke.cli.messages:carry_out_stop"),
    "segments.preview": Work("shuke.cli.segments:compute"),
    "staff.link": Work("shuke.cli.staff:issue_link"),
    "staff.list": Work("shuke.cli.staff:everybody"),
    "stats": Work("shuke.cli.stats:compute"),
    "warehouse.rebuild": Work("shuke.cli.warehouse:carry_out"),
}


def commands() -> dict[str, Command]:
    """Return every command the server answers."""
    return {name: _later(work) for name, work in WORK.items()}


def _later(work: Work) -> Command:
    def carry_out(arguments: dict[str, Any], report: Report) -> dict[str, Any]:
        return work.load()(arguments, report)

    return carry_out


def perform(name: str, arguments: dict[str, Any], *, title: str) -> dict[str, Any]:
    """Carry a command out, showing its progress under ``title``, and return its result.

    Raises ``ShukeError`` for whatever is refused, wherever it was carried out.
    """
    home = setup.home()
    with shown(title) as report:
        if control.is_listening(home):
            return control.ask(home, name, arguments, report)
        work = WORK[name]
        with setup.own_home(with_runtime=work.needs_runtime):
            return work.load()(arguments, report)
