"""The process that judges and carries on series: reads a folder, writes what it found there, tells its progress on stdout.

Started as a program of its own where there is much to do, so that it holds neither the server's interpreter nor its threads,
and can be ended at any moment. It knows no database, no settings and no secret.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from shuke.insight.forecasts.engine import running
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.engine.running import Outcome, Watched
from shuke.insight.forecasts.rules import SHOP, SeriesKey, Step, Window

TASK, FOUND = "task.msgpack", "found.msgpack"
_ARRAYS = ("places", "eventful", "expected", "true", "known", "power", "unsure")
Windows = Callable[[str, str], Sequence[Window]]


@dataclass(slots=True)
class Part:
    """A history, with its series one after the other."""

    step: Step
    first: date
    length: int
    keys: list[SeriesKey]
    values: list[list[float]]


@dataclass(slots=True)
class Task:
    """Histories, and the events of the company ("") and of each shop."""

    histories: list[Part]
    calendars: dict[str, list[Window]]


@dataclass(slots=True)
class Found:
    """What came of it."""

    outcomes: list[Outcome]
    watched: list[Watched]


def ask(folder: Path, histories: Sequence[History], windows: Windows) -> None:
    """Put a task into a folder."""
    parts = [
        Part(one.step, one.first, one.length, list(one.series), [values.tolist() for values in one.series.values()])
        for one in histories
    ]
    shops = {key.scope_key for one in histories for key in one.series if key.scope == SHOP}
    calendars = {shop: list(windows(SHOP if shop else "", shop)) for shop in ("", *sorted(shops))}
    (folder / TASK).write_bytes(msgspec.msgpack.encode(Task(parts, calendars)))


def read(folder: Path) -> tuple[list[Outcome], list[Watched]]:
    """Return what was found."""
    found = msgspec.msgpack.decode((folder / FOUND).read_bytes(), type=Found)
    for one in found.watched:
        for name in _ARRAYS:
            setattr(one, name, np.array(getattr(one, name)))
    return found.outcomes, found.watched


def work(
    histories: Sequence[History], windows: Windows, tell: Callable[[int, int], None]
) -> tuple[list[Outcome], list[Watched]]:
    """Judge and carry on the series of some histories, on one processor."""
    from threadpoolctl import threadpool_limits

    outcomes: list[Outcome] = []
    watched: list[Watched] = []
    with threadpool_limits(limits=1):
        for one in histories:
            if one.length:
                some, errors = running.run(one, windows, tell=tell)
                outcomes += some
                watched += errors
    return outcomes, watched


def run(folder: Path) -> None:
    """Do the task in ``folder``."""
    task = msgspec.msgpack.decode((folder / TASK).read_bytes(), type=Task)
    histories = [
        History(one.step, one.first, one.length, dict(zip(one.keys, map(np.array, one.values), strict=True)))
        for one in task.histories
    ]
    found = Found(*work(histories, _calendars(task.calendars), _tell))
    (folder / FOUND).write_bytes(msgspec.msgpack.encode(found, enc_hook=_plain))


def _calendars(known: Mapping[str, list[Window]]) -> Windows:
    return lambda _scope, shop: known[shop]


def _tell(done: int, total: int) -> None:
    """Say how far the histories are; each begins to count anew, and the watch counts steps."""
    if done == 1:
        print(json.dumps({"done": 0, "total": total}), flush=True)
    print(json.dumps({"done": done, "total": total}), flush=True)


def _plain(value: Any) -> Any:
    """Return what NumPy holds as ordinary numbers."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value))


if __name__ == "__main__":
    run(Path(sys.argv[1]))
