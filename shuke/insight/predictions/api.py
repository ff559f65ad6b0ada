"""Predictions over the API."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema

from shuke.cdp.customers import queries as customers
from shuke.insight.predictions import queries
from shuke.insight.predictions.models import Score
from shuke.insight.predictions.rules import KINDS
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()


class ReasonOut(Schema):
    """What moves a churn risk: positive raises it. The size is in log-odds."""

    theme: str
    push: float


class ScoreOut(Schema):
    """What is predicted of a customer. Null: not predicted, or not said of this customer."""

    customer: UUID
    version: int = Field(description="The run these scores come from.")
    as_of: date
    churn_risk: float | None = Field(description="Chance not to order within 90 days.")
    churn_reasons: list[ReasonOut]
    propensity: float | None = Field(description="Chance to order within 30 days.")
    next_order_from: date | None
    next_order_on: date | None = Field(description="When the next order comes, if it comes within 90 days.")
    next_order_to: date | None
    ltv_minor: int | None = Field(
        description="Net revenue of the next 365 days, in minor units of the company's currency."
    )
    ltv_low_minor: int | None
    ltv_high_minor: int | None
    best_hour: int | None
    best_channel: str | None
    reduced_share: float | None = Field(description="Share of orders that will be at reduced prices.")


class ScorePage(Schema):
    """One page of scores."""

    items: list[ScoreOut]
    next: str | None


class ReportOut(Schema):
    """How a prediction did at past days, or why it is not made."""

    prediction: str
    is_ready: bool
    refusal: dict[str, Any] = Field(description="Code and facts of why it is not made; empty when it is.")
    trained_at: datetime
    as_of: date
    findings: dict[str, Any] = Field(description="Figures of every back-test, beside the baselines.")


@router.get("/predictions", operation_id="predictions.reports", response=list[ReportOut], **needs("predictions:read"))
def list_reports(request: Request) -> list[ReportOut]:
    """Return what the last training found about every prediction."""
    run = queries.last_learned()
    found = queries.reports(run)
    return [
        ReportOut(
            prediction=kind, is_ready=found[kind].is_ready, refusal=found[kind].refusal, trained_at=run.began_at,
            as_of=run.as_of, findings=found[kind].findings,
        )
        for kind in KINDS
        if run is not None and kind in found
    ]  # fmt: skip


@router.get("/predictions/scores", operation_id="predictions.scores", response=ScorePage, **needs("predictions:read"))
def list_scores(request: Request, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """List everybody's scores."""
    rows, following = walk(queries.scores().select_related("run"), cursor, limit, keys=("customer_id",))
    uuids = customers.uuids_of([row.customer_id for row in rows])
    return answer([_shown(row, uuids[row.customer_id]) for row in rows if row.customer_id in uuids], following)


@router.get(
    "/customers/{uuid:customer_id}/predictions",
    operation_id="predictions.of_customer",
    response=ScoreOut | None,
    **needs("predictions:read"),
)
def score_of_customer(request: Request, customer_id: UUID) -> ScoreOut | None:
    """Return what is predicted of one customer; null for those who were not scored."""
    customer = customers.by_uuid(customer_id)
    found = queries.score_of(customer.pk)
    return _shown(found, customer.uuid) if found else None


def _shown(score: Score, uuid: UUID) -> ScoreOut:
    return ScoreOut(
        customer=uuid, version=score.run_id, as_of=score.run.as_of, churn_risk=score.churn_risk,
        churn_reasons=[ReasonOut(theme=one.theme, push=one.push) for one in queries.reasons_of(score)],
        propensity=score.propensity, next_order_from=score.next_from, next_order_on=score.next_on,
        next_order_to=score.next_to, ltv_minor=score.ltv_minor, ltv_low_minor=score.ltv_low, ltv_high_minor=score.ltv_high,
        best_hour=score.best_hour, best_channel=score.best_channel or None, reduced_share=score.reduced_share,
    )  # fmt: skip
