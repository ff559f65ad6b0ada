"""A run: gathering facts, learning in a process of its own, and writing finished lists."""

import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings
from django.db import transaction

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.recommendations import rules
from shuke.insight.recommendations.engine import facts
from shuke.insight.recommendations.errors import LearningFailed
from shuke.insight.recommendations.models import Combination, CrowdList, CustomerList, ProductList, Run
from shuke.insight.recommendations.rules import Refusal
from shuke.platform.db.bulk import insert_columns, insert_rows
from shuke.platform.jobs import children
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.children import Cancelled, Watch, silent
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

TRAIN = "recommendations.train"
_PROGRAM = "shuke.insight.recommendations.engine.child"
_SECONDS = 600.0
# One transaction each, well below the 100 ms that a writer may hold the others up.
_ROWS_AT_ONCE = 400
_KEPT_RUNS = 60
_COMBINED = (
    "first_id", "second_id", "third_id", "together", "support", "confidence", "lift", "shrunk", "chance",
)  # fmt: skip


def train(*, now: datetime, as_of: date | None = None, watch: Watch | None = None) -> Run | None:
    """Learn everything anew and write every list; return the run, None if it was cancelled.

    What the data cannot carry is refused with its reason, and its old lists go.
    """
    day = as_of or warehouse.data_until() or now.date()
    (found,) = warehouse.rows(facts.extent(warehouse.today, day))
    if not found["orders"]:
        return _refuse(day, now)
    watch = watch or silent()
    settings.SHUKE_HOME.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="recommending-", dir=settings.SHUKE_HOME) as name:
            folder = Path(name)
            _gather(folder, day, found["first_on"], watch)
            _learn(folder, watch)
            run = _keep(folder, day, found, now, watch)
    except Cancelled:
        return None
    return _finish(run, now)


def _refuse(day: date, now: datetime) -> Run:
    """Write down that there is nothing to learn from, and let go of lists whose sales are no longer there."""
    reason = {"refusal": Refusal("no_sales").as_json()}
    kinds = ("crowd", "basket", rules.SIMILAR, rules.REPEAT, rules.DISCOVERY)
    run = Run.objects.create(as_of=day, began_at=now, findings=dict.fromkeys(kinds, reason))
    for model in (CustomerList, ProductList):
        _remove_between(model, 0, None)
    _replace(CrowdList, ("kind", "shop_id", "country", "items"), [])
    _replace(Combination, _COMBINED, [])
    return _finish(run, now)


def _gather(folder: Path, until: date, first: date, watch: Watch) -> None:
    tables: Mapping[str, ir.Table] = {
        "lines": facts.lines(warehouse.today, until), "looks": facts.looks(warehouse.today, until),
        "products": facts.products(warehouse.today),
    }  # fmt: skip
    watch.add(len(tables))
    for name, expression in tables.items():
        found = warehouse.execute(expression, timeout=_SECONDS)
        with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, found.schema) as writer:
            writer.write_table(found)
        watch.step("facts")
    plan = {"until": (until - facts.EPOCH).days, "first": (first - facts.EPOCH).days}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")


def _learn(folder: Path, watch: Watch) -> None:
    try:
        children.run(_PROGRAM, folder, watch)
    except children.ChildFailed as failed:
        raise LearningFailed(str(failed)) from failed


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()


# -- writing


def _keep(folder: Path, day: date, found: Mapping[str, Any], now: datetime, watch: Watch) -> Run:
    said = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    people, products = _read(folder / "customers.arrow"), _read(folder / "products.arrow")
    run = Run.objects.create(
        as_of=day, began_at=now, first_on=found["first_on"], orders=found["orders"], customers=found["customers"],
        findings=said["findings"], customer_lists=people.num_rows, product_lists=products.num_rows,
    )  # fmt: skip
    watch.add(-(-people.num_rows // _ROWS_AT_ONCE) + -(-products.num_rows // _ROWS_AT_ONCE) + 1)
    _write(CustomerList, "customer_id", people, watch)
    _write(ProductList, "product_id", products, watch)
    crowd = _read(folder / "crowd.arrow").to_pydict()
    names = ("kind", "shop_id", "country", "items")
    _replace(CrowdList, names, list(zip(*(crowd[name] for name in names), strict=True)))
    _replace(Combination, _COMBINED, [_combined(one, found["orders"]) for one in said["combinations"]])
    watch.step("writing")
    return run


def _combined(one: Mapping[str, Any], sales: int) -> tuple[Any, ...]:
    first, second, third = (*one["products"], None)[:3]
    return (
        first, second, third, one["together"], one["together"] / max(sales, 1), one["confidence"], one["lift"],
        one["shrunk"], one["chance"],
    )  # fmt: skip


def _write(model: Any, key: str, table: pa.Table, watch: Watch) -> None:
    """Replace all lists, a few hundred at a time; rows come in order of their key."""
    after = 0
    for start in range(0, table.num_rows, _ROWS_AT_ONCE):
        part = {name: table.column(name).slice(start, _ROWS_AT_ONCE).to_pylist() for name in table.column_names}
        until = part[key][-1]
        with transaction.atomic():
            model.objects.filter(pk__gt=after, pk__lte=until).delete()
            insert_columns(model, part)
        after = until
        watch.step("writing")
    _remove_between(model, after, None)


def _remove_between(model: Any, after: int, until: int | None) -> None:
    rows = model.objects.filter(pk__gt=after) if until is None else model.objects.filter(pk__gt=after, pk__lte=until)
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        model.objects.filter(pk__in=ids).delete()


def _replace(model: Any, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Replace a table that is small enough for one short transaction."""
    with transaction.atomic():
        model.objects.all().delete()
        insert_rows(model, names, rows)


def _finish(run: Run, now: datetime) -> Run:
    Run.objects.filter(pk=run.pk).update(finished_at=now)
    run.refresh_from_db()
    kept = list(Run.objects.order_by("-pk").values_list("pk", flat=True)[:_KEPT_RUNS])
    Run.objects.exclude(pk__in=kept).delete()
    return run


def ask(*, now: datetime, by: Actor | None = None, run_at: datetime | None = None, only_first: bool = False) -> Job:
    """Queue a run and return its job: the one that waits or runs, if there is one."""
    return enqueue(TRAIN, now=now, run_at=run_at, dedupe_key=TRAIN, by=by, only_first=only_first)
