"""Questions about forecasts: the last run, series and what is expected of them, what is unusual, promotions and plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.errors import UnknownSeries
from shuke.insight.forecasts.models import Anomaly, AnomalyState, Forecast, Plan, Promotion, Run
from shuke.insight.forecasts.rules import SeriesKey, Step


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page is about: the company, one shop or one category."""

    kind: str = rules.COMPANY
    key: str = ""

    @property
    def code(self) -> str:
        """Return it as one word for an address: ``company``, ``shop:3``, ``category:Tea``."""
        return f"{self.kind}:{self.key}" if self.key else self.kind

    @classmethod
    def read(cls, code: str) -> "Scope":
        """Return the scope that a word stands for; the company for anything else."""
        kind, _colon, key = code.partition(":")
        return cls(kind, key) if kind in {rules.SHOP, rules.CATEGORY} and key else cls()


def last_run() -> Run | None:
    """Return the last finished run."""
    return Run.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def has_run() -> bool:
    """Whether anything has ever been forecast."""
    return Forecast.objects.filter(is_ready=True).exists()


def forecast_of(run: Run, key: SeriesKey, step: Step) -> Forecast:
    """Return what a run found of a series. Raises ``UnknownSeries``."""
    found = (
        Forecast.objects.select_related("run")
        .filter(run=run, step=step.value, measure=key.measure, scope=key.scope, scope_key=key.scope_key)
        .first()
    )
    if found is None:
        raise UnknownSeries
    return found


def forecasts_of(run: Run, step: Step, *, scope: Scope | None = None, measures: Sequence[str] = ()) -> list[Forecast]:
    """Return what a run found of the series of a scope, or of all."""
    found = Forecast.objects.filter(run=run, step=step.value)
    if scope is not None:
        found = found.filter(scope=scope.kind, scope_key=scope.key)
    if measures:
        found = found.filter(measure__in=measures)
    return list(found.order_by("scope", "scope_key", "measure"))


def heads_of(run: Run, step: Step) -> list[Forecast]:
    """Return every series of a run without its figures: what can be chosen."""
    light = Forecast.objects.filter(run=run, step=step.value).select_related("run").defer("past", "points", "findings")
    return list(light.order_by("scope", "scope_key", "measure"))


def first_step(run: Run, step: Step) -> date:
    """Return the first day of the first step that is forecast."""
    after = run.as_of + timedelta(days=1)
    return after if step is Step.DAY else rules.monday(after)


# -- what is unusual


def anomalies(*, state: str = "", kind: str = "") -> QuerySet[Anomaly]:
    """Return what was unusual, newest first."""
    found = Anomaly.objects.order_by("-last_on", "chance", "-pk")
    if state:
        found = found.filter(state=state)
    return found.filter(kind=kind) if kind else found


def anomaly(uuid: UUID) -> Anomaly | None:
    """Return one anomaly."""
    return Anomaly.objects.filter(uuid=uuid).first()


def open_anomalies() -> int:
    """Return how many nobody has looked at."""
    return Anomaly.objects.filter(state=AnomalyState.OPEN).count()


def counts_by_state() -> dict[str, int]:
    """Return how many anomalies there are in each state."""
    return dict(Anomaly.objects.values_list("state").annotate(n=Count("pk")).order_by())


# -- promotions and plans


def promotions() -> list[Promotion]:
    """Return every promotion, newest first."""
    return list(Promotion.objects.select_related("shop").order_by("-first_on", "name"))


def promotion(pk: int) -> Promotion | None:
    """Return one promotion."""
    return Promotion.objects.filter(pk=pk).first()


def plans(*, archived: bool = False) -> list[Plan]:
    """Return saved plans, the latest event first."""
    return list(Plan.objects.filter(is_archived=archived).select_related("shop").order_by("-first_on", "-pk"))


def plan(uuid: UUID) -> Plan | None:
    """Return one plan."""
    return Plan.objects.select_related("shop").filter(uuid=uuid).first()
