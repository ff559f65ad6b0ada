"""Progress on the terminal: a bar for people, a line now and then for logs, nothing for programs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shuke.config.control import Report

_LOG_LINE_EVERY_SECONDS = 5.0


@contextmanager
def shown(title: str) -> Iterator[Report]:
    """Yield a function that takes ``(done, total, note)``; everything goes to standard error."""
    if sys.stderr.isatty():
        with _bar(title) as report:
            yield report
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns: tuple[Any, ...] = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None, note="")

        def report(done: int, total: int, note: str = "") -> None:
            progress.update(task, completed=done, total=total or None, note=note)

        yield report


def _lines(title: str) -> Report:
    last = time.monotonic()

    def report(done: int, total: int, note: str = "") -> None:
        nonlocal last
        if time.monotonic() - last >= _LOG_LINE_EVERY_SECONDS:
            last = time.monotonic()
            print(f"{title}: {done}{f' of {total}' if total else ''} {note}".rstrip(), file=sys.stderr)

    return report
