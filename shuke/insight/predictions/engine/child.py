"""The process that learns: reads a folder of Arrow files, writes its findings there, tells its progress on stdout.

Started as a program of its own, so that learning holds neither the server's interpreter nor its threads, and can be
ended at any moment. It knows no database, no settings and no secret.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from shuke.insight.predictions.engine import training
from shuke.insight.predictions.rules import Extent

PLAN, FINDINGS, SCORES, DUE = "plan.json", "findings.json", "scores.arrow", "due.arrow"


def run(folder: Path) -> None:
    """Do what the plan in ``folder`` asks for: learn and score, or score by models learned before."""
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    world = _world(folder, plan)
    if plan["models"] is None:
        outcomes = training.train(world, _tell)
        models = {one.kind: one.model for one in outcomes if one.refusal is None}
        findings = {one.kind: one.as_json() for one in outcomes}
    else:
        models = plan["models"]
        findings = {
            kind: {"drift": training.drift(model["profile"], world.now)}
            for kind, model in models.items()
            if "profile" in model
        }
    _tell(1, 1, "scores")
    scores, due = training.score(world, models)
    _write(folder / SCORES, scores)
    _write(folder / DUE, due)
    (folder / FINDINGS).write_text(json.dumps(_plain(findings), allow_nan=False), encoding="utf-8")


def _world(folder: Path, plan: dict[str, Any]) -> training.World:
    said = plan["extent"]
    extent = Extent(
        date.fromisoformat(said["first_on"]), date.fromisoformat(said["until"]), said["orders"], said["customers"]
    )
    snapshots = {date.fromisoformat(day): _numbers(folder / f"{day}.arrow") for day in plan["days"]}
    tables = {name: _columns(folder / f"{name}.arrow") for name in plan["tables"]}
    return training.World(extent, snapshots, _numbers(folder / "now.arrow"), **tables)


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _numbers(path: Path) -> dict[str, Any]:
    found = _read(path)
    return {name: found.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in found.column_names}


def _columns(path: Path) -> dict[str, Any]:
    found = _read(path)
    return {name: found.column(name).to_numpy(zero_copy_only=False) for name in found.column_names}


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _tell(done: int, total: int, note: str) -> None:
    print(json.dumps({"done": done, "total": total, "note": note}), flush=True)


def _plain(value: Any) -> Any:
    """Return ``value`` without NumPy's types and without NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        run(Path(sys.argv[1]))
