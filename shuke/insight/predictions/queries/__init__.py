"""Questions about predictions: the last runs, what was found, and what is predicted of whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from django.db.models import QuerySet

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.predictions import rules
from shuke.insight.predictions.errors import UnknownPrediction
from shuke.insight.predictions.models import DueItem, Report, Run, Score

_ARROW = {"int64": pa.int64(), "int32": pa.int32(), "float64": pa.float64(), "string": pa.string(), "date": pa.date32()}


@dataclass(frozen=True, slots=True)
class Reason:
    """A theme that moves somebody's risk, and by how much (log-odds; positive: up)."""

    theme: str
    push: float


def last_run() -> Run | None:
    """Return the last finished run."""
    return Run.objects.filter(finished_at__isnull=False).select_related("learned_in").order_by("-pk").first()


def last_learned() -> Run | None:
    """Return the last finished run that learned."""
    return Run.objects.filter(finished_at__isnull=False, learned_in=None).order_by("-pk").first()


def has_learned() -> bool:
    """Whether any prediction has ever been learned."""
    return Report.objects.filter(is_ready=True).exists()


def reports(run: Run | None) -> dict[str, Report]:
    """Return what the run that learned found, by prediction."""
    learned = (run.learned_in or run) if run else None
    return {one.prediction: one for one in Report.objects.filter(run=learned)} if learned else {}


def report_of(run: Run | None, prediction: str) -> Report | None:
    """Return what was found of one prediction; None before the first run. Raises ``UnknownPrediction``."""
    if prediction not in rules.KINDS:
        raise UnknownPrediction(prediction)
    return reports(run).get(prediction)


def drift_of(run: Run, prediction: str) -> list[dict[str, Any]]:
    """Return how far today's customers differ from those learned from, as of the last run."""
    found = Report.objects.filter(run=run, prediction=prediction).values_list("drift", flat=True).first()
    return found or []


def past_reports(prediction: str, *, limit: int = 12) -> list[Report]:
    """Return what earlier trainings found of a prediction, newest first."""
    learned = Report.objects.filter(prediction=prediction, run__learned_in=None, run__finished_at__isnull=False)
    return list(learned.select_related("run").order_by("-run_id")[:limit])


def score_of(customer_id: int) -> Score | None:
    """Return what is predicted of a customer; None for those who were not scored."""
    return Score.objects.filter(customer_id=customer_id).select_related("run").first()


def scores_of(customer_ids: Iterable[int]) -> dict[int, Score]:
    """Return what is predicted of some customers."""
    return {one.customer_id: one for one in Score.objects.filter(customer_id__in=customer_ids).select_related("run")}


def scores() -> QuerySet[Score]:
    """Return all scores, for lists that add their own conditions."""
    return Score.objects.all()


def reasons_of(score: Score) -> list[Reason]:
    """Return what moves somebody's churn risk most, strongest first."""
    parts = (part.partition(":") for part in score.churn_reasons.split())
    return [Reason(theme, float(push)) for theme, _, push in parts]


def due_of(customer_ids: Iterable[int]) -> dict[int, list[DueItem]]:
    """Return what some customers will soon have used up, the surest first."""
    found: dict[int, list[DueItem]] = {}
    due = DueItem.objects.filter(customer_id__in=customer_ids).select_related("product")
    for item in due.order_by("customer_id", "rank"):
        found.setdefault(item.customer_id, []).append(item)
    return found


def top(column: str, *, limit: int, **conditions: Any) -> list[Score]:
    """Return the scores that are highest in a column."""
    known = Score.objects.filter(**{f"{column}__isnull": False}, **conditions)
    return list(known.order_by(f"-{column}", "customer_id")[:limit])


def due_first(limit: int) -> list[DueItem]:
    """Return what is due next, the surest item of each customer only."""
    return list(DueItem.objects.filter(rank=0).select_related("product").order_by("due_on", "customer_id")[:limit])


# -- all of them, in the warehouse


def dataset_schema() -> pa.Schema:
    """Return the columns of ``customer_scores`` as Arrow knows them."""
    declared = warehouse.table("customer_scores").schema()
    kinds = {**_ARROW, "int16": pa.int16()}
    return pa.schema([(name, kinds[str(kind)]) for name, kind in declared.items()])


def spread(column: str, edges: Sequence[float]) -> list[int]:
    """Return how many customers lie between the rising ``edges`` of a score: below the first, between each two, from the last."""
    scores = warehouse.table("customer_scores")
    known = scores.filter(scores[column].notnull())
    bucket = ibis.cases(*((known[column] < edge, place) for place, edge in enumerate(edges)), else_=len(edges))
    counted = known.mutate(bucket=bucket.cast("int32")).group_by("bucket").aggregate(customers=ibis._.count())
    found = {row["bucket"]: row["customers"] for row in warehouse.rows(counted)}
    return [found.get(place, 0) for place in range(len(edges) + 1)]


def spread_of_days(until: date, weeks: int) -> list[int]:
    """Return how many customers are expected to order next in each of the coming weeks."""
    scores = warehouse.table("customer_scores")
    known = scores.filter(scores.next_on.notnull())
    week = (known.next_on.delta(ibis.literal(until, "date"), unit="day") / 7).floor().cast("int32")
    counted = known.mutate(week=week).group_by("week").aggregate(customers=ibis._.count())
    found = {row["week"]: row["customers"] for row in warehouse.rows(counted)}
    return [found.get(number, 0) for number in range(weeks)]


def totals() -> dict[str, Any]:
    """Return sums and means over everybody scored, in one row."""
    scores = warehouse.table("customer_scores")
    (row,) = warehouse.rows(
        scores.aggregate(
            customers=scores.count(), ltv=scores.ltv_minor.sum(), at_risk=(scores.churn_risk >= rules.HIGH_RISK).sum(),
            risk=scores.churn_risk.mean(), propensity=scores.propensity.sum(), due=(scores.due_items > 0).sum(),
            risk_value=ibis.ifelse(scores.churn_risk >= rules.HIGH_RISK, scores.ltv_minor, 0).sum(),
        )
    )  # fmt: skip
    return row
