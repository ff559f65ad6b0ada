"""What predictions offer to others: scores in the warehouse, a panel beside a customer, fields that segments may ask about."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.insight.predictions import queries
from shuke.insight.predictions.models import DueItem, Score
from shuke.insight.predictions.queries import wording
from shuke.platform.company import queries as company
from shuke.platform.manifest import SegmentField
from shuke.vocabulary.predictions import CustomersScored

_COLUMNS = (
    "churn_risk", "propensity", "next_on", "ltv_minor", "ltv_low", "ltv_high", "alive", "best_hour", "best_channel",
    "reduced_share", "due_items", "due_on",
)  # fmt: skip


class ScoresDataset:
    """The table ``customer_scores`` as last computed. Only forgetting somebody touches it through the log."""

    name = "customer_scores"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64", "run_id": "int64", "as_of": "date", "churn_risk": "float64", "propensity": "float64",
        "next_on": "date", "ltv_minor": "int64", "ltv_low": "int64", "ltv_high": "int64", "alive": "float64",
        "best_hour": "int16", "best_channel": "string", "reduced_share": "float64", "due_items": "int32", "due_on": "date",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return those who were erased: their scores went with them."""
        return {one for event in events if event.name == "customer.erased" for one in event.properties["customer_ids"]}

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the scores of some customers."""
        return self._rows(Score.objects.filter(customer_id__in=keys))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every score."""
        after = 0
        while found := self._rows(Score.objects.filter(customer_id__gt=after).order_by("customer_id")[:size]):
            yield found
            after = found[-1][0]

    def _rows(self, scores: Any) -> list[tuple[Any, ...]]:
        found = scores.values_list("customer_id", "run_id", "run__as_of", *_COLUMNS)
        return [(*row[:11], row[11] or None, *row[12:]) for row in found]


class Forgetting:
    """Scores say nothing that identifies anybody; they go with the person they were about."""

    name = "predictions"
    fields: frozenset[str] = frozenset()

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what is predicted of somebody: they may ask what is concluded about them."""
        return {
            "scores": [
                {
                    "as_of": score.run.as_of, "churn_risk": score.churn_risk, "purchase_propensity": score.propensity,
                    "next_order": score.next_on, "ltv_minor": score.ltv_minor, "best_hour": score.best_hour,
                    "reduced_share": score.reduced_share,
                }
                for score in queries.scores_of(customer_ids).values()
            ]
        }  # fmt: skip

    @transaction.atomic
    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Remove what was predicted of somebody."""
        DueItem.objects.filter(customer_id__in=customer_ids).delete()
        removed, _kinds = Score.objects.filter(customer_id__in=customer_ids).delete()
        return {"scores": removed}


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """What is predicted of the customer, with reasons; nothing for those without a score."""
    score = queries.score_of(customer_id)
    if score is None:
        return None
    found = company.find_company()
    return {
        "score": score,
        "as_of": score.run.as_of,
        "currency": found.currency if found else "",
        "risk": wording.risk(score.churn_risk),
        "reasons": wording.reasons(queries.reasons_of(score), customer_id),
        "is_gone": score.churn_risk is None and bool(queries.reports(score.run).get("churn")),
        "due": queries.due_of([customer_id]).get(customer_id, []),
        "hour": wording.hour(score.best_hour),
    }


def _field(name: str, label: Any, kind: Any, column: str) -> SegmentField:
    return SegmentField(
        f"predictions.{name}", _("Predictions"), label, kind, "customer_scores", column,
        announced_by=(CustomersScored.NAME,),
    )  # fmt: skip


SEGMENT_FIELDS = (
    _field("churn_risk", _("churn risk"), "share", "churn_risk"),
    _field("propensity", _("chance to buy within 30 days"), "share", "propensity"),
    _field("ltv", _("predicted net revenue of the next year"), "money", "ltv_minor"),
    _field("next_order", _("expected next order"), "date", "next_on"),
    _field("best_hour", _("preferred hour"), "number", "best_hour"),
    _field("best_channel", _("preferred channel of orders"), "text", "best_channel"),
    _field("reduced_share", _("share of orders at reduced prices"), "share", "reduced_share"),
    _field("due_on", _("next product due"), "date", "due_on"),
    _field("due_items", _("products due soon"), "number", "due_items"),
)
