"""A run: gathering, learning in a process of its own, keeping what was found, and writing everybody's scores."""

import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.actions.gathering import extent_of, gather
from shuke.insight.predictions.actions.learning import learn
from shuke.insight.predictions.models import DueItem, Report, Run, Score
from shuke.insight.predictions.rules import Extent, Refusal
from shuke.platform.db.bulk import insert_columns
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.children import Cancelled, Watch, silent
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor
from shuke.vocabulary.predictions import CustomersScored

TRAIN, REFRESH = "predictions.train", "predictions.refresh"
# One transaction each, well below the 100 ms that a writer may hold the others up.
_ROWS_AT_ONCE = 500
_KEPT_RUNS = 12
_TEXTS = ("churn_reasons", "best_channel")
_EPOCH = date(1970, 1, 1).toordinal()


def train(*, now: datetime, as_of: date | None = None, watch: Watch | None = None) -> Run | None:
    """Learn every prediction anew, judge it, and score everybody; return the run, None if it was cancelled.

    A prediction that the data cannot carry is refused with its reason, and its old scores go.
    """
    return _run(now, as_of, watch or silent(), learned_in=None)


def score(*, now: datetime, as_of: date | None = None, watch: Watch | None = None) -> Run | None:
    """Score everybody by what was learned last; learns first where nothing has been."""
    learned = queries.last_learned()
    return _run(now, as_of, watch or silent(), learned_in=learned if learned and learned.models_file else None)


def _run(now: datetime, as_of: date | None, watch: Watch, *, learned_in: Run | None) -> Run | None:
    day = as_of or warehouse.data_until() or now.date()
    extent = extent_of(day)
    refused = rules.gate(extent)
    if refused is not None or extent is None:
        return _refuse(day, extent, refused or Refusal("no_sales"), now)
    models = _models_of(learned_in) if learned_in else None
    settings.SHUKE_HOME.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="learning-", dir=settings.SHUKE_HOME) as name:
            folder = Path(name)
            gather(folder, extent, watch, models=models)
            learn(folder, watch)
            findings = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
            run = _keep(extent, findings, now, learned_in)
            _write_scores(run, _read(folder / "scores.arrow"), _read(folder / "due.arrow"), watch)
    except Cancelled:
        return None
    return _finish(run, now)


def _refuse(day: date, extent: Extent | None, refused: Refusal, now: datetime) -> Run:
    """Write down why nothing is predicted, and let go of scores that rest on data which is no longer there."""
    with transaction.atomic():
        run = Run.objects.create(
            as_of=day, began_at=now, first_on=extent.first_on if extent else None, orders=extent.orders if extent else 0,
            customers=extent.customers if extent else 0,
        )  # fmt: skip
        Report.objects.bulk_create(
            Report(run=run, prediction=kind, is_ready=False, refusal={"code": refused.code, "facts": refused.facts})
            for kind in rules.KINDS
        )
    _remove_beyond(0)
    warehouse_actions.store("customer_scores", queries.dataset_schema().empty_table())
    return _finish(run, now)


def _models_of(run: Run) -> dict[str, Any]:
    with default_storage.open(run.models_file) as file:
        found: dict[str, Any] = json.loads(file.read())
    return found


def _keep(extent: Extent, findings: Mapping[str, Any], now: datetime, learned_in: Run | None) -> Run:
    with transaction.atomic():
        run = Run.objects.create(
            as_of=extent.until, began_at=now, first_on=extent.first_on, orders=extent.orders, customers=extent.customers,
            learned_in=learned_in,
        )  # fmt: skip
        if learned_in is None:
            models = {kind: found["model"] for kind, found in findings.items() if found["refusal"] is None}
            run.models_file = default_storage.save(
                f"predictions/{run.pk}.json", ContentFile(json.dumps(models).encode())
            )
            run.save(update_fields=["models_file"])
            Report.objects.bulk_create(_report(run, kind, found) for kind, found in findings.items())
        else:
            Report.objects.bulk_create(
                Report(run=run, prediction=kind, is_ready=True, drift=found["drift"])
                for kind, found in findings.items()
            )
    return run


def _report(run: Run, kind: str, found: Mapping[str, Any]) -> Report:
    report = dict(found["report"])
    return Report(
        run=run, prediction=kind, is_ready=found["refusal"] is None, refusal=found["refusal"] or {},
        drift=report.pop("drift", []), findings=report,
    )  # fmt: skip


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()


# -- scores


def _write_scores(run: Run, scores: pa.Table, due: pa.Table, watch: Watch) -> None:
    """Replace everybody's scores, a few hundred at a time; each row says which run it comes from."""
    ends = _due_ends(scores, due)
    watch.add(-(-scores.num_rows // _ROWS_AT_ONCE))
    after = 0
    for start in range(0, scores.num_rows, _ROWS_AT_ONCE):
        part = scores.slice(start, _ROWS_AT_ONCE)
        until = part.column("customer_id")[-1].as_py()
        items = due.slice(ends[start], ends[start + part.num_rows] - ends[start])
        with transaction.atomic():
            Score.objects.filter(customer_id__gt=after, customer_id__lte=until).delete()
            DueItem.objects.filter(customer_id__gt=after, customer_id__lte=until).delete()
            insert_columns(Score, _score_columns(run, part))
            if items.num_rows:
                insert_columns(DueItem, _due_columns(items))
        after = until
        watch.step("writing")
    _remove_beyond(after)
    Run.objects.filter(pk=run.pk).update(scored=scores.num_rows)
    warehouse_actions.store("customer_scores", _as_dataset(run, scores))


def _due_ends(scores: pa.Table, due: pa.Table) -> list[int]:
    """Return, for every row of the scores, where its due items begin; both are in order of customers."""
    owners, ends, place = due.column("customer_id").to_pylist(), [0], 0
    for customer in scores.column("customer_id").to_pylist():
        while place < len(owners) and owners[place] <= customer:
            place += 1
        ends.append(place)
    return ends


def _score_columns(run: Run, part: pa.Table) -> dict[str, list[Any]]:
    found = {name: part.column(name).to_pylist() for name in part.column_names}
    for name in _TEXTS:
        found[name] = [value or "" for value in found[name]]
    return {"run_id": [run.pk] * part.num_rows, **found}


def _due_columns(items: pa.Table) -> dict[str, list[Any]]:
    found = {name: items.column(name).to_pylist() for name in items.column_names}
    return {
        "customer_id": found["customer_id"], "product_id": found["product_id"], "rank": found["rank"],
        "due_on": [date.fromordinal(day + _EPOCH) for day in found["due"]],
        "last_on": [date.fromordinal(day + _EPOCH) for day in found["last"]],
        "every_days": found["every"], "times": found["times"],
    }  # fmt: skip


def _remove_beyond(after: int) -> None:
    """Remove the scores of customers beyond the last one, in short transactions."""
    while ids := list(Score.objects.filter(customer_id__gt=after).values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        with transaction.atomic():
            DueItem.objects.filter(customer_id__in=ids).delete()
            Score.objects.filter(pk__in=ids).delete()


def _as_dataset(run: Run, scores: pa.Table) -> pa.Table:
    schema = queries.dataset_schema()
    constant = {
        "run_id": pa.array([run.pk] * scores.num_rows, pa.int64()),
        "as_of": pa.array([run.as_of] * scores.num_rows),
    }
    given = {name: scores.column(name) if name in scores.column_names else constant[name] for name in schema.names}
    return pa.table(given).cast(schema)


def _finish(run: Run, now: datetime) -> Run:
    """Say that scores may differ; where there were none and are none, there is nothing to say."""
    before = Run.objects.filter(finished_at__isnull=False).exclude(pk=run.pk).order_by("-pk").first()
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(finished_at=now)
        run.refresh_from_db()
        if run.scored or (before is not None and before.scored):
            said = CustomersScored(run_id=run.pk, as_of=run.as_of.isoformat(), customers=run.scored)
            by = Provenance("shuke", "system:predictions", now, historical=False)
            events.publish([NewEvent.of(said, customer_id=None, occurred_at=now, by=by)])
    _forget_models()
    return run


def _forget_models() -> None:
    """Let go of what the oldest runs learned; their reports stay, to see how the figures moved."""
    kept = Run.objects.exclude(models_file="").order_by("-pk")
    for old in list(kept[_KEPT_RUNS:]):
        default_storage.delete(old.models_file)
    Run.objects.filter(pk__in=[old.pk for old in kept[_KEPT_RUNS:]]).update(models_file="")


def ask_for_training(
    *, now: datetime, by: Actor | None = None, run_at: datetime | None = None, only_first: bool = False
) -> Job:
    """Queue a training and return its job: the one that waits or runs, if there is one.

    With ``only_first`` it does nothing if something has been learned by the time it starts.
    """
    return enqueue(TRAIN, now=now, run_at=run_at, dedupe_key=TRAIN, by=by, only_first=only_first)
