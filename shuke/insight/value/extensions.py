"""What value offers to the warehouse: the present standings, so that a rebuild need not compute them again."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.insight.value import queries
from shuke.insight.value.models import Computation, Standing, Tier
from shuke.platform.manifest import SegmentField

_PLAIN = (
    "orders", "gross_minor", "refunds_minor", "net_minor", "average_order_minor", "first_order_on", "last_order_on",
)  # fmt: skip
_PLACE = (
    "cadence_days", "r", "f", "m", "fm", "rfm_group", "stage", "tier", "tier_minor", "contribution_minor", "costed_minor",
)  # fmt: skip


class StandingDataset:
    """The table ``value_standing`` as last computed. The log never touches it: ``recompute`` does."""

    name = "value_standing"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64",
        "as_of": "date",
        **dict.fromkeys(_PLAIN[:5], "int64"),
        "first_order_on": "date",
        "last_order_on": "date",
        "recency_days": "int32",
        "cadence_days": "float64",
        **dict.fromkeys(_PLACE[1:5], "int16"),
        "rfm_group": "string",
        "stage": "string",
        "tier": "string",
        "tier_minor": "int64",
        "contribution_minor": "int64",
        "costed_minor": "int64",
    }

    def touched_by(self, events: list[Any]) -> set[int]:  # noqa: ARG002  the protocol's
        """Return nothing: standings are computed, not read."""
        return set()

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the standings of some customers."""
        return self._rows(Standing.objects.filter(customer_id__in=keys))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every standing."""
        after = 0
        while found := self._rows(Standing.objects.filter(customer_id__gt=after).order_by("customer_id")[:size]):
            yield found
            after = found[-1][0]

    def _rows(self, standings: Any) -> list[tuple[Any, ...]]:
        last = Computation.objects.first()
        if last is None:
            return []
        return [
            (row[0], last.as_of, *row[1:8], (last.as_of - row[7]).days if row[7] else None, *row[8:])
            for row in standings.values_list("customer_id", *_PLAIN, *_PLACE)
        ]


def _tier_name(code: str) -> Any:
    """Return a tier's name as a text that is looked up when it is shown: the company may change it."""
    return lazy(lambda: queries.tier_labels()[code], str)()


SEGMENT_FIELDS = (
    SegmentField(
        "value.tier", _("Value"), pgettext_lazy("in a sentence", "value tier"), "choice", "value_standing", "tier",
        choices=tuple((code, _tier_name(code)) for code in Tier.values),
    ),
    SegmentField(
        "value.tier_amount", _("Value"), pgettext_lazy("in a sentence", "amount brought in the period of value tiers"),
        "money", "value_standing", "tier_minor",
    ),
    SegmentField(
        "value.contribution", _("Value"), pgettext_lazy("in a sentence", "contribution (net revenue less cost of goods)"),
        "money", "value_standing", "contribution_minor",
    ),
)  # fmt: skip
