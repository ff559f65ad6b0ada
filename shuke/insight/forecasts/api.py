"""Forecasts over the API."""

from datetime import date, timedelta
from typing import Any, Literal

from ninja import Field, Router, Schema

from shuke.insight.forecasts import queries
from shuke.insight.forecasts.errors import UnknownSeries
from shuke.insight.forecasts.models import Forecast
from shuke.insight.forecasts.queries import Scope
from shuke.insight.forecasts.rules import SeriesKey, Step
from shuke.platform.http.api.auth import needs
from shuke.platform.http.request import Request

router = Router()


class SeriesOut(Schema):
    """One series of the last run: what it measures, and whether it is forecast."""

    measure: str = Field(
        description="net, gross, orders, new, refunds, visitors, conversion, or what another part declares."
    )
    scope: str = Field(description="company, shop or category.")
    scope_key: str = Field(description="The shop's id or the category's name; empty for the company.")
    step: Literal["day", "week"]
    as_of: date = Field(description="The last day that was known.")
    is_ready: bool
    refusal: dict[str, Any] = Field(description="Code and facts of why it is not forecast; empty when it is.")


class PointOut(Schema):
    """One step to come. Amounts are minor units of the company's currency, conversion is in per cent."""

    first_on: date
    expected: float
    low: float = Field(description="Nine of ten steps lie between low and high.")
    high: float


class ForecastOut(SeriesOut):
    """A series with what is expected of it, and how it did at past moments."""

    method: str
    points: list[PointOut]
    judged: list[dict[str, Any]] = Field(
        description="Past moments: error (WAPE), that of the last season again and of a straight line, bias, interval held."
    )


@router.get("/forecasts", operation_id="forecasts.list", response=list[SeriesOut], **needs("forecasts:read"))
def list_series(request: Request, step: Literal["day", "week"] = "day") -> list[dict[str, Any]]:
    """Return every series of the last run, forecast or not."""
    run = queries.last_run()
    return [_series(one) for one in queries.heads_of(run, Step(step))] if run else []


@router.get("/forecasts/one", operation_id="forecasts.get", response=ForecastOut, **needs("forecasts:read"))
def get_forecast(
    request: Request, measure: str = "net", of: str = "company", step: Literal["day", "week"] = "day"
) -> dict[str, Any]:
    """Return the forecast of one series; ``of`` is ``company``, ``shop:3`` or ``category:Tea``."""
    run, scope, length = queries.last_run(), Scope.read(of), Step(step)
    if run is None:
        raise UnknownSeries
    found = queries.forecast_of(run, SeriesKey(measure, scope.kind, scope.key), length)
    begins = queries.first_step(run, length)
    return {
        **_series(found), "method": found.method, "judged": found.findings.get("rows", []),
        "points": [
            {"first_on": begins + timedelta(days=place * length.days), "expected": point[0], "low": point[1], "high": point[2]}
            for place, point in enumerate(found.points)
        ],
    }  # fmt: skip


def _series(one: Forecast) -> dict[str, Any]:
    return {
        "measure": one.measure, "scope": one.scope, "scope_key": one.scope_key, "step": one.step, "as_of": one.run.as_of,
        "is_ready": one.is_ready, "refusal": one.refusal,
    }  # fmt: skip
