"""What the voice of the customer offers to the rest of the house: segments, a panel, merging, personal data, retention."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.insight.voice import actions, queries
from shuke.insight.voice.actions import people
from shuke.insight.voice.models import Text
from shuke.insight.voice.queries.words import body_of, masked
from shuke.kernel.clock import utcnow
from shuke.platform.manifest import Join, SegmentField
from shuke.platform.staff.permissions import TABLE
from shuke.vocabulary.voice import TextReceived, TextsJudged

_AT_ONCE = 500


class TextsMerging:
    """Texts follow their writers."""

    name = "voice"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:  # noqa: ARG002  the port's
        """Count the texts that the survivor gains."""
        return {"moves": {"texts": Text.objects.filter(customer_id=merged_id).count()}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:  # noqa: ARG002  the port's
        """Give the survivors every text."""
        return people.merge(joins)

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime  # noqa: ARG002
    ) -> dict[str, Any]:  # fmt: skip
        """Give back what arrived under their identities."""
        return people.split(survivor_id, merged_id, identity_ids, kept)


class TextsPersonalData:
    """What people wrote, and what is concluded from it."""

    name = "voice"
    fields = frozenset({"voice.Text.sealed", "voice.Text.mark"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what somebody wrote, with what was made of it."""
        found = Text.objects.filter(customer_id__in=customer_ids).select_related("product").order_by("written_at", "pk")
        return {
            "texts": [
                {
                    "kind": one.kind, "written_at": one.written_at, "product": str(one.product) if one.product else "",
                    "rating": one.rating, "text": body_of(one),
                    "sentiment": str(one.get_sentiment_display()) if one.sentiment is not None else "", "judge": one.judge,
                }
                for one in found
            ]
        }  # fmt: skip

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Remove what they wrote."""
        return actions.erase(customer_ids, now=now)


class TextsRetention:
    """Texts that are no longer needed."""

    name = "texts"
    label = _("Reviews, answers and tickets in words")
    help = _("Texts go with their labels; what was learned is learned anew without them.")
    usual_days = 1_095
    least_days = 90

    def count(self, before: datetime) -> int:
        """Return how many were written earlier."""
        return Text.objects.filter(written_at__lt=before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:
        """Remove a batch of them."""
        with transaction.atomic():
            some = Text.objects.filter(written_at__lt=before).order_by("written_at", "pk").values_list("pk", flat=True)
            return actions.forget(list(some[:_AT_ONCE]), now=now).get("texts", 0)


class VoiceDataset:
    """The table ``customer_voice``: how each customer who wrote last felt, and how often they complained lately."""

    name = "customer_voice"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64", "last_sentiment": "string", "last_on": "date", "negative_90": "int32",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return who wrote something, and who was erased; judgements replace the whole table."""
        found = {event.customer_id for event in events if event.name == TextReceived.NAME and event.customer_id}
        return found | {
            one for event in events if event.name == "customer.erased" for one in event.properties["customer_ids"]
        }

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows of some customers."""
        return list(queries.summaries(now=utcnow(), customer_ids=keys))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row."""
        found = queries.summaries(now=utcnow())
        for start in range(0, len(found), size):
            yield list(found[start : start + size])


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:
    """Return what a customer said last; nothing for those who never wrote."""
    found = queries.latest_of(customer_id, most=3)
    if not found:
        return None
    total, negative = queries.counts_of(customer_id, since=now - queries.RECENT)
    sees = TABLE.allows(viewer.role, "customers.view_contacts")
    return {
        "total": total, "negative": negative,
        "lines": [
            {"text": one, "tone": queries.TONES[one.sentiment], "body": body_of(one) if sees else masked(one)} for one in found
        ],
    }  # fmt: skip


def _field(name: str, label: Any, kind: Any, column: str, **more: Any) -> SegmentField:
    return SegmentField(
        f"voice.{name}",
        _("Voice of the customer"),
        label,
        kind,
        "customer_voice",
        column,
        announced_by=(TextsJudged.NAME,),
        **more,
    )


SEGMENT_FIELDS = (
    _field(
        "last_sentiment", _("last sentiment"), "choice", "last_sentiment",
        choices=(("negative", _("Negative")), ("neutral", _("Neutral")), ("positive", _("Positive"))),
    ),
    _field("negative_90", _("negative texts in 90 days"), "number", "negative_90"),
    _field("last_text", _("last text"), "date", "last_on"),
)  # fmt: skip
