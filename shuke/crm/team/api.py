"""Churn warnings over the API."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Query, Router, Schema

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.models import Basis, Crossing
from shuke.crm.team.queries import board
from shuke.insight.predictions import queries as predictions
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request
from shuke.platform.staff import queries as staff

router = Router()


class WarningOut(Schema):
    """A customer who is about to leave."""

    customer: UUID
    since: date = Field(description="The day on which the customer crossed the line.")
    basis: Literal["prediction", "recency"] = Field(
        description="What the warning rests on: the predicted risk, or having been quiet for much longer than usual."
    )
    churn_risk: float | None = Field(description="Chance not to order within 90 days; null without a prediction.")
    expected_minor: int = Field(description="What the customer is expected to bring, in the company's currency.")
    at_risk_minor: int = Field(description="The chance to leave times that; all of it where no chance is known.")
    currency: str
    reasons: list[str] = Field(description="What raises the risk, the strongest first; empty without a prediction.")
    responsible: str | None = Field(description="E-mail address of whoever looks after the customer.")


class WarningPage(Schema):
    """One page of warnings."""

    items: list[WarningOut]
    next: str | None


class WarningFilter(Schema):
    """Which warnings to list."""

    tier: str = Field("", max_length=10, description="Code of a value tier, such as `top`.")
    group: str = Field("", max_length=20, description="Code of an RFM group, such as `at_risk`.")
    country: str = Field("", max_length=80)


@router.get("/warnings", operation_id="warnings.list", response=WarningPage, **needs("predictions:read"))
def list_warnings(
    request: Request, filters: Query[WarningFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List who is over the line of churn warnings now, as on the board. Unknown codes find nobody."""
    chosen = board.Filters(tier=filters.tier, group=filters.group, country=filters.country)
    over = board.found(chosen, me=0)
    rows, following = walk(over, cursor, limit)
    return answer(_items(rows), following)


def _items(over: list[Crossing]) -> list[WarningOut]:
    ids = [one.customer_id for one in over]
    cards, scores, theirs = customers.cards_of(ids), predictions.scores_of(ids), queries.responsible_for(ids)
    addresses, currency = {one.pk: one.email for one in staff.active()}, queries.currency()
    found = []
    for one in over:
        score = scores.get(one.customer_id) if one.basis == Basis.PREDICTION else None
        whose = theirs.get(one.customer_id)
        found.append(WarningOut(
            customer=cards[one.customer_id].uuid, since=one.since, basis="prediction" if one.basis == Basis.PREDICTION else "recency", churn_risk=one.risk,
            expected_minor=one.expected_minor, at_risk_minor=one.at_risk_minor, currency=currency,
            reasons=[reason.theme for reason in predictions.reasons_of(score) if reason.push > 0] if score else [],
            responsible=addresses.get(whose) if whose else None,
        ))  # fmt: skip
    return found
