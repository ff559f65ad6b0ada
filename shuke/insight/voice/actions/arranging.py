"""Topics: taking over what was found, keeping the names that people gave, merging, pinning."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.insight.voice import queries
from shuke.insight.voice.errors import BadTopic
from shuke.insight.voice.models import TextTopic, Topic
from shuke.insight.voice.rules.topics import likeness, name_of
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor

# A topic found anew is the same as an earlier one if so much of their strongest words is.
_SAME = 0.3
_MOST_KEYWORDS = 30


@transaction.atomic
def keep_found(found: Mapping[str, Sequence[Mapping[str, Any]]], *, now: datetime) -> None:
    """Take over the topics that were found, by language: one that is like an earlier one goes on under its name."""
    known = list(Topic.objects.filter(is_pinned=False).order_by("pk"))
    Topic.objects.filter(is_pinned=False).update(is_current=False)
    taken: set[int] = set()
    for language, topics in found.items():
        for one in topics:
            words = [(str(word), float(weight)) for word, weight in one["words"]]
            same = _like(known, language, words, taken)
            topic = same or Topic(language=language, created_at=now)
            topic.words, topic.coherence, topic.is_current = words, one["coherence"], True
            if not topic.is_named:
                topic.name = name_of(words, language)
            topic.save()
            taken.add(topic.pk)


def _like(known: Sequence[Topic], language: str, words: Sequence[tuple[str, float]], taken: set[int]) -> Topic | None:
    scored = [
        (likeness([word for word, _weight in one.words], [word for word, _weight in words]), one)
        for one in known
        if one.language == language and one.pk not in taken
    ]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= _SAME else None


@transaction.atomic
def rename(topic: Topic, name: str, *, by: Actor, now: datetime) -> None:
    """Give a topic a name of people's own; it stays when topics are found anew. Raises ``BadTopic``."""
    if not name.strip() or len(name) > 80:
        raise BadTopic(_("A topic needs a name of up to 80 characters."))
    Topic.objects.filter(pk=topic.pk).update(name=name.strip(), is_named=True)
    audit.record(by, "voice.topic_renamed", target=f"voice.Topic:{topic.pk}", now=now)


@transaction.atomic
def merge_into(topic: Topic, other: Topic, *, by: Actor, now: datetime) -> None:
    """Let texts of one topic count to another from now on. Raises ``BadTopic`` for a topic and itself, or a merged one."""
    if topic.pk == other.pk or not Topic.objects.filter(pk=other.pk, merged_into=None).exists():
        raise BadTopic(_("Choose another topic, one that is not merged itself."))
    Topic.objects.filter(merged_into=topic).update(merged_into=other)
    Topic.objects.filter(pk=topic.pk).update(merged_into=other)
    having = TextTopic.objects.filter(topic=other).values("text_id")
    TextTopic.objects.filter(topic=topic, text_id__in=having).delete()
    TextTopic.objects.filter(topic=topic).update(topic=other)
    audit.record(by, "voice.topic_merged", target=f"voice.Topic:{topic.pk}", summary={"into": other.pk}, now=now)


@transaction.atomic
def pin(name: str, keywords: Sequence[str], *, by: Actor, now: datetime) -> Topic:
    """Make a topic of every text that has one of some keywords. Raises ``BadTopic``."""
    words = list(dict.fromkeys(word.strip().casefold() for word in keywords if word.strip()))
    if not words or len(words) > _MOST_KEYWORDS or any(len(word) > 40 for word in words):
        raise BadTopic(_("Between 1 and 30 keywords are needed, of up to 40 characters each."))
    if not name.strip() or len(name) > 80:
        raise BadTopic(_("A topic needs a name of up to 80 characters."))
    topic = Topic.objects.create(
        name=name.strip(), is_named=True, words=[(word, 1.0) for word in words], is_pinned=True, created_at=now
    )
    audit.record(by, "voice.topic_pinned", target=f"voice.Topic:{topic.pk}", now=now)
    return topic


@transaction.atomic
def unpin(topic: Topic, *, by: Actor, now: datetime) -> None:
    """Remove a pinned topic; the texts stay. Raises ``BadTopic`` for one that was found: the next training finds it again."""
    if not topic.is_pinned:
        raise BadTopic(_("Only pinned topics can be removed; one that was found can be merged into another."))
    topic.delete()
    audit.record(by, "voice.topic_removed", target=f"voice.Topic:{topic.pk}", now=now)


def write_found(text_ids: Sequence[int], pairs: Sequence[tuple[int, int]]) -> None:
    """Replace the topics of texts by what was found; where people said what a text is about, that stands alone.

    In the caller's transaction.
    """
    into = queries.destinations()
    said = set(TextTopic.objects.filter(text_id__in=text_ids, by_person=True).values_list("text_id", flat=True))
    TextTopic.objects.filter(text_id__in=text_ids, by_person=False).delete()
    rows = dict.fromkeys((text, into.get(topic, topic)) for text, topic in pairs if text not in said)
    TextTopic.objects.bulk_create(
        (TextTopic(text_id=text, topic_id=topic) for text, topic in rows), ignore_conflicts=True, batch_size=200
    )
