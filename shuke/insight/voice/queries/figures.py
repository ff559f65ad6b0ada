"""Shares of negative texts, over time and by what they are about; each with the interval that its number of texts allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncMonth, TruncWeek

from shuke.cdp.catalog import queries as catalog
from shuke.insight.voice.models import Sentiment, Text, TextTopic
from shuke.insight.voice.rules.shares import wilson

# Up to so many weeks are shown week by week, longer times month by month.
_WEEKS = timedelta(weeks=27)
_NEGATIVE = Count("pk", filter=Q(sentiment=Sentiment.NEGATIVE))
_POSITIVE = Count("pk", filter=Q(sentiment=Sentiment.POSITIVE))


@dataclass(frozen=True, slots=True)
class Share:
    """Of so many texts that were judged, so many are negative."""

    key: Any
    texts: int
    negative: int
    positive: int = 0

    @property
    def share(self) -> float | None:
        """Return the share of negative ones; None without any text."""
        return self.negative / self.texts if self.texts else None

    @property
    def between(self) -> tuple[float, float]:
        """Return the interval that holds the true share in 95 of 100 cases."""
        return wilson(self.negative, self.texts)


def until() -> datetime | None:
    """Return when the newest text was written: where the data end."""
    newest: datetime | None = Text.objects.aggregate(newest=Max("written_at"))["newest"]
    return newest


def within(found: QuerySet[Text], *, since: datetime, until: datetime) -> QuerySet[Text]:
    """Return the judged texts of a period."""
    return found.filter(written_at__gte=since, written_at__lte=until, sentiment__isnull=False)


def whole(found: QuerySet[Text]) -> Share:
    """Return the share among all of them."""
    row = found.aggregate(n=Count("pk"), negative=_NEGATIVE, positive=_POSITIVE)
    return Share("", row["n"], row["negative"], row["positive"])


def over_time(found: QuerySet[Text], *, since: datetime, until: datetime, zone: Any) -> list[Share]:
    """Return the shares of every week, or of every month of a longer period, in the company's zone; empty ones included."""
    by_week = until - since <= _WEEKS
    trunc = (TruncWeek if by_week else TruncMonth)("written_at", tzinfo=zone)
    rows = found.order_by().values(when=trunc).annotate(n=Count("pk"), negative=_NEGATIVE)
    known = {row["when"].date(): Share(row["when"].date(), row["n"], row["negative"]) for row in rows}
    if not known:
        return []
    return [known.get(day, Share(day, 0, 0)) for day in _days(min(known), max(known), by_week=by_week)]


def _days(first: date, last: date, *, by_week: bool) -> list[date]:
    found, day = [], first
    while day <= last:
        found.append(day)
        day = day + timedelta(days=7) if by_week else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return found


def by_column(found: QuerySet[Text], column: str) -> list[Share]:
    """Return the shares by kind, language or shop, the largest first."""
    rows = found.order_by().values(column).annotate(n=Count("pk"), negative=_NEGATIVE).order_by("-n", column)
    return [Share(row[column], row["n"], row["negative"]) for row in rows]


def by_product(found: QuerySet[Text], *, most: int = 10, least: int = 5) -> tuple[list[Share], dict[int, str]]:
    """Return the products with most negative texts, of those with enough texts, and what they are called."""
    rows = (
        found.filter(product__isnull=False).order_by().values("product_id").annotate(n=Count("pk"), negative=_NEGATIVE)
        .filter(n__gte=least).order_by("-negative", "-n", "product_id")[:most]
    )  # fmt: skip
    shares = [Share(row["product_id"], row["n"], row["negative"]) for row in rows]
    return shares, catalog.titles_of([one.key for one in shares])


def by_topic(found: QuerySet[Text], topic_ids: Sequence[int]) -> list[Share]:
    """Return the shares of topics, those with most negative texts first."""
    rows = (
        TextTopic.objects.filter(topic_id__in=topic_ids, text__in=found.order_by().values("pk")).values("topic_id")
        .annotate(n=Count("pk"), negative=Count("pk", filter=Q(text__sentiment=Sentiment.NEGATIVE))).order_by("-negative", "-n")
    )  # fmt: skip
    return [Share(row["topic_id"], row["n"], row["negative"]) for row in rows]
