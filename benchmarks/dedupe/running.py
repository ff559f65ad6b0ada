"""How well and how fast duplicates are found, beside Splink in the same run.

    python -m benchmarks.dedupe [--sizes 10000,100000] [--million] [--only crowd|files]

Both get the same people in the same parts. Neither sees a label; of Splink's thresholds the best is taken, which it
could not know. Each side runs in a process of its own, so that memory is its own peak; seconds (of wall and of
processor time) are from people in memory to groups, Splink's estimation and ours included. Data sets that are not there are named and left out.
"""

import argparse
import contextlib
import multiprocessing
import resource
import time
from collections.abc import Callable
from queue import Empty
from typing import Any

from benchmarks.dedupe import judging


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000", help="how many invented people, for both sides")
    parser.add_argument("--million", action="store_true", help="also a million invented people, ours alone")
    parser.add_argument("--only", choices=("crowd", "files"))
    options = parser.parse_args()
    rows: list[tuple[str, Callable[[], Any], bool]] = []
    if options.only != "crowd":
        rows += [(name if tax else f"{name} without tax numbers", _File(name, tax), True) for name, tax in _FILES]
    if options.only != "files":
        rows += [(f"crowd {size}", _Crowd(int(size)), True) for size in options.sizes.split(",") if size]
        rows += [("crowd 1000000", _Crowd(1_000_000), False)] if options.million else []
    print("| people | F1 | precision | recall | s | CPU s | MB | Splink F1 | s | CPU s | MB | CPU ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name, load, with_splink in rows:
        ours = _alone(_ours, load)
        theirs = _alone(_splink, load) if with_splink and ours else None
        print(_row(name, ours, theirs), flush=True)


_FILES = (
    ("febrl1", True), ("febrl2", True), ("febrl3", True), ("febrl4", True), ("febrl2", False), ("febrl3", False),
    ("febrl4", False), ("fake_1000", True),
)  # fmt: skip


class _File:
    """Loads a shared data set."""

    def __init__(self, name: str, with_tax_number: bool) -> None:
        self.name, self.with_tax_number = name, with_tax_number

    def __call__(self) -> Any:
        return judging.of_file(self.name, with_tax_number=self.with_tax_number)


class _Crowd:
    """Invents people, other ones than the tests know."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self) -> Any:
        return judging.of_crowd(self.size, seed=2026)


def _ours(people: Any, truth: Any) -> tuple[judging.Judgement, tuple[float, float]]:
    from shuke.cdp.quality.engine.finding import find

    started, worked = time.perf_counter(), time.process_time()
    groups = find(people).groups
    spent = (time.perf_counter() - started, time.process_time() - worked)
    return judging.judge(groups, truth), spent


def _splink(people: Any, truth: Any) -> tuple[judging.Judgement, tuple[float, float]]:
    import io

    started, worked = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found = judging.splink(people)
    spent = (time.perf_counter() - started, time.process_time() - worked)
    return max((judging.judge(groups, truth) for groups in found.values()), key=lambda one: one.f1), spent


def _alone(side: Callable[..., Any], load: Callable[[], Any]) -> Any:
    """Run one side in a process of its own; None where its data is not there."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_child, args=(side, load, queue))
    child.start()
    while child.is_alive() or not queue.empty():
        with contextlib.suppress(Empty):
            answer = queue.get(timeout=1)
            child.join()
            return answer
    print(f"NOT FINISHED: the process ended with {child.exitcode}", flush=True)
    return None


def _child(side: Callable[..., Any], load: Callable[[], Any], queue: Any) -> None:
    try:
        people, truth = load()
    except BaseException as absent:  # noqa: BLE001  pytest's Skipped is no Exception
        print(f"NOT RUN: {absent}", flush=True)
        queue.put(None)
        return
    judged, (seconds, worked) = side(people, truth)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    queue.put((judged.f1, judged.precision, judged.recall, seconds, worked, peak))


def _row(name: str, ours: Any, theirs: Any) -> str:
    if ours is None:
        return f"| {name} | not run |"
    f1, precision, recall, seconds, worked, memory = ours
    left = f"| {name} | {f1:.4f} | {precision:.4f} | {recall:.4f} | {seconds:.1f} | {worked:.1f} | {memory} "
    if theirs is None:
        return f"{left}| not run | | | | |"
    of_splink = f"{theirs[0]:.4f} | {theirs[3]:.1f} | {theirs[4]:.1f} | {theirs[5]}"
    return f"{left}| {of_splink} | {theirs[4] / worked:.1f} |"
