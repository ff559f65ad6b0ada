"""Putting what the process that learns needs into a folder of Arrow files: only numbers and ids, asked of the warehouse."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import facts
from shuke.insight.predictions.rules import Extent
from shuke.platform.jobs.children import Watch

PLAN = "plan.json"
_SECONDS = 600.0


def gather(folder: Path, extent: Extent, watch: Watch, *, models: Mapping[str, Any] | None) -> None:
    """Write every table and the plan. With ``models`` nothing is learned, so that only the present is needed."""
    days = {} if models is not None else rules.snapshot_days(extent)
    tables = _present(extent) if models is not None else {**_present(extent), **_past(extent)}
    watch.add(len(days) + len(tables) + 1)
    for day, horizons in days.items():
        expression = facts.snapshot(
            warehouse.today, day, horizons=sorted(horizons), until=extent.until, one_in=extent.one_in
        )
        _write(folder / f"{day.isoformat()}.arrow", expression.order_by("customer_id"))
        watch.step("facts")
    _write(folder / "now.arrow", facts.snapshot(warehouse.today, extent.until).order_by("customer_id"))
    watch.step("facts")
    for name, expression in tables.items():
        _write(folder / f"{name}.arrow", expression)
        watch.step("facts")
    said = {**asdict(extent), "first_on": extent.first_on.isoformat(), "until": extent.until.isoformat()}
    plan = {"extent": said, "days": [day.isoformat() for day in days], "tables": list(tables), "models": models}
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")


def _present(extent: Extent) -> dict[str, ir.Table]:
    until = extent.until
    return {
        "hours": facts.habits(warehouse.today, until, "hour"),
        "channels": facts.habits(warehouse.today, until, "channel"),
        "reduced": facts.habits(warehouse.today, until, "reduced"),
        "pairs": facts.product_pairs(warehouse.today, until, since=until - timedelta(days=rules.GONE_DAYS)),
    }


def _past(extent: Extent) -> dict[str, ir.Table]:
    until, one_in = extent.until, extent.one_in
    return {
        "purchases": facts.purchases(warehouse.today, until, one_in=one_in),
        "product_days": facts.product_days(warehouse.today, until, one_in=one_in),
        "panel": facts.price_panel(warehouse.today, until),
    }


def extent_of(until: date) -> Extent | None:
    """Return what there is to learn from, up to a day; None without a sale of a known customer."""
    (row,) = warehouse.rows(facts.extent(warehouse.today, until))
    if not row["orders"]:
        return None
    return Extent(row["first_on"], until, row["orders"], row["customers"])


def _write(path: Path, expression: ir.Table) -> None:
    found = warehouse.execute(expression, timeout=_SECONDS)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, found.schema) as writer:
        writer.write_table(found)
