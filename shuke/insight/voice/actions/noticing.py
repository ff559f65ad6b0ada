"""Noticing what is complained of more than before."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shuke.insight.voice import queries
from shuke.insight.voice.actions.learning import ask, never
from shuke.insight.voice.models import Run, Sentiment, Text, TextTopic
from shuke.insight.voice.queries import figures
from shuke.insight.voice.queries.words import bodies_of
from shuke.insight.voice.rules import rising
from shuke.insight.voice.rules.rising import Counts

_MOST_TEXTS = 60_000


def look(run: Run, *, is_cancelled: Callable[[], bool] = never) -> None:
    """Compare the last four weeks with the twelve before them, and keep what rose with the run that judged the texts."""
    until = figures.until()
    found: list[dict[str, Any]] = []
    if until is not None:
        edge = until - timedelta(days=rising.RECENT_DAYS)
        since = edge - timedelta(days=rising.BEFORE_DAYS)
        texts = Text.objects.filter(written_at__gt=since, written_at__lte=until, sentiment__isnull=False)
        rows = list(
            texts.order_by("-written_at", "-pk").values_list(
                "pk", "language", "written_at", "sentiment", "customer_id"
            )[:_MOST_TEXTS]
        )
        told = {
            pk: (language, at > edge, sentiment == Sentiment.NEGATIVE, customer or -pk)
            for pk, language, at, sentiment, customer in rows
        }  # fmt: skip
        found = _risen(told, is_cancelled)
    Run.objects.filter(pk=run.pk).update(rising=found, rising_until=until)


def _risen(told: dict[int, tuple[str, bool, bool, int]], is_cancelled: Callable[[], bool]) -> list[dict[str, Any]]:
    sealed = (
        Text.objects.filter(pk__in=list(told))
        if len(told) < 500
        else Text.objects.filter(pk__gte=min(told), pk__lte=max(told))
    )
    words = bodies_of((pk, body) for pk, body in sealed.values_list("pk", "sealed") if pk in told)
    counted = ask({"task": "complaints", "texts": [(body, *told[pk]) for pk, body in words]}, is_cancelled=is_cancelled)
    writers: dict[tuple[str, bool], set[int]] = defaultdict(set)
    for language, is_recent, _is_negative, person in told.values():
        writers[language, is_recent].add(person)
        writers["", is_recent].add(person)
    counts = {
        f"word:{language}:{word}": Counts(recent, len(writers[language, True]), before, len(writers[language, False]))
        for language, terms in counted.items()
        for word, (recent, before) in terms.items()
    } | _topics(told, writers)
    return [
        {
            "key": one.key, "recent": one.counts.recent, "recent_of": one.counts.recent_of, "before": one.counts.before,
            "before_of": one.counts.before_of, "chance": one.chance,
        }
        for one in rising.without_parts(rising.risen(counts))
    ]  # fmt: skip


def _topics(
    told: dict[int, tuple[str, bool, bool, int]], writers: dict[tuple[str, bool], set[int]]
) -> dict[str, Counts]:
    people: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    current = {one.pk: one.language for one in queries.topics()}
    pairs = TextTopic.objects.filter(topic_id__in=current, text__sentiment=Sentiment.NEGATIVE)
    for text, topic in pairs.values_list("text_id", "topic_id"):
        if text in told:
            _language, is_recent, _is_negative, person = told[text]
            people[topic][not is_recent].add(person)
    return {
        f"topic::{topic}": Counts(
            len(recent), len(writers[current[topic], True]), len(before), len(writers[current[topic], False])
        )
        for topic, (recent, before) in people.items()
    }
