"""Questions about suggestions and the model behind them."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field

from shuke.cdp.quality import errors
from shuke.cdp.quality.engine.model import Model, starting_model
from shuke.cdp.quality.models import MatchModel, Suggestion, Verdict
from shuke.cdp.quality.queries import people
from shuke.platform.company import queries as company

# Weaker pairs are not worth a person's time.
WORTH_SHOWING = 0.3


class QualitySettings(BaseModel):
    """What the company decided: from which probability on customers are merged without asking (None: never)."""

    merge_from: float | None = Field(default=None, ge=0.9, le=1.0)
    mend_typos: bool = False


def settings() -> QualitySettings:
    """Return the company's settings of quality."""
    return company.settings_of("quality", QualitySettings)


def newest_model() -> MatchModel | None:
    """Return the model in use, None before the first full search."""
    return MatchModel.objects.order_by("-pk").first()


def model_in_use() -> Model:
    """Return the rates in use; before the first search, what is assumed."""
    found = newest_model()
    return Model.of(found.rates) if found else starting_model(max(2, people.count()))


def open_suggestions(*, at_least: float = WORTH_SHOWING, conflicts: str = "") -> QuerySet[Suggestion]:
    """Return what waits to be decided; ``conflicts`` narrows to those "with" or "without"."""
    found = Suggestion.objects.filter(verdict=Verdict.OPEN, probability__gte=at_least)
    if conflicts:
        found = found.filter(has_conflict=conflicts == "with")
    return found


def decided(verdict: str) -> QuerySet[Suggestion]:
    """Return decided suggestions of a verdict."""
    return Suggestion.objects.filter(verdict=verdict, decided_at__isnull=False)


def suggestion(pk: int) -> Suggestion:
    """Return a suggestion with both customers. Raises ``UnknownSuggestion``."""
    found = Suggestion.objects.select_related("low", "high").filter(pk=pk).first()
    if found is None:
        raise errors.UnknownSuggestion(_("This suggestion is not here any more: one of the two has changed."))
    return found


def counts() -> dict[str, int]:
    """Return how many suggestions wait, and how many of them nothing speaks against."""
    waiting = open_suggestions()
    return {"open": waiting.count(), "clear": waiting.filter(has_conflict=False).count()}


def apart_pairs(customer_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Return the pairs with these customers that people told apart."""
    ids = list(customer_ids)
    rows = Suggestion.objects.filter(Q(low_id__in=ids) | Q(high_id__in=ids), verdict=Verdict.APART)
    return set(rows.values_list("low_id", "high_id"))


def open_pairs(customer_ids: Sequence[int]) -> dict[tuple[int, int], Suggestion]:
    """Return open suggestions with these customers, by pair."""
    rows = Suggestion.objects.filter(Q(low_id__in=customer_ids) | Q(high_id__in=customer_ids), verdict=Verdict.OPEN)
    return {(row.low_id, row.high_id): row for row in rows}
