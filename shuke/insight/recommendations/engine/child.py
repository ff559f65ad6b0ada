"""The process that learns: reads a folder of Arrow files, writes finished lists there, tells its progress on stdout.

Started as a program of its own, so that learning holds neither the server's interpreter nor its threads. It knows no
database, no settings and no secret.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from shuke.insight.recommendations.engine import training
from shuke.insight.recommendations.engine.space import Lines


def run(folder: Path) -> None:
    """Do what the plan in ``folder`` asks for."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    made = training.run(_world(folder, plan), _tell)
    both = sorted({*made.repeat, *made.discovery})
    _write(folder / "customers.arrow", {
        "customer_id": pa.array(both, pa.int64()),
        "repeat": pa.array([made.repeat.get(one, b"") for one in both], pa.large_binary()),
        "discovery": pa.array([made.discovery.get(one, b"") for one in both], pa.large_binary()),
    })  # fmt: skip
    products = sorted({*made.also_bought, *made.similar})
    _write(folder / "products.arrow", {
        "product_id": pa.array(products, pa.int64()),
        "also_bought": pa.array([made.also_bought.get(one, b"") for one in products], pa.large_binary()),
        "similar": pa.array([made.similar.get(one, b"") for one in products], pa.large_binary()),
    })  # fmt: skip
    _write(folder / "crowd.arrow", {
        "kind": pa.array([kind for kind, _shop, _country in made.crowd], pa.string()),
        "shop_id": pa.array([shop for _kind, shop, _country in made.crowd], pa.int64()),
        "country": pa.array([country for _kind, _shop, country in made.crowd], pa.string()),
        "items": pa.array(list(made.crowd.values()), pa.large_binary()),
    })  # fmt: skip
    said = {"findings": made.findings, "combinations": made.combinations}
    (folder / "findings.json").write_text(json.dumps(_plain(said), allow_nan=False), encoding="utf-8")


def _world(folder: Path, plan: dict[str, Any]) -> training.World:
    lines, looks, products = (_read(folder / f"{name}.arrow") for name in ("lines", "looks", "products"))
    ids = _numbers(products, "product_id")
    place, known = _places(ids, _numbers(lines, "product_id"))
    seen, recognised = _places(ids, _numbers(looks, "product_id"))
    text = {
        name: np.array([one or "" for one in table.column(name).to_pylist()], dtype=object)
        for table, name in ((lines, "country"), (products, "category"))
    }
    return training.World(
        until=plan["until"], first=plan["first"],
        lines=Lines(
            _numbers(lines, "order_id")[known], _numbers(lines, "customer_id")[known], place[known],
            _numbers(lines, "day")[known], ids,
        ),
        shop=_numbers(lines, "shop_id")[known], country=text["country"][known].astype(str), category=text["category"],
        viewers=_numbers(looks, "viewer")[recognised], looked_at=seen[recognised],
    )  # fmt: skip


def _places(ids: Any, wanted: Any) -> tuple[Any, Any]:
    """Return where products stand among all, and which are there at all."""
    if not len(ids):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return place, ids[place] == wanted


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _numbers(table: pa.Table, name: str) -> Any:
    return table.column(name).cast(pa.int64()).to_numpy(zero_copy_only=False)


def _write(path: Path, columns: dict[str, pa.Array]) -> None:
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _tell(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


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
