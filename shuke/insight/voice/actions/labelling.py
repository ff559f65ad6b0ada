"""What people say of texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from shuke.insight.voice import rules
from shuke.insight.voice.models import Judge, Label, Sentiment, Text, TextTopic, Topic
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor


def label(text: Text, sentiment: int, *, by: Actor, now: datetime) -> None:
    """Say what one text is; saying it again replaces what the same person said. Others' labels stay."""
    label_many({text.pk: sentiment}, by=by, now=now)


@transaction.atomic
def say_topics(text: Text, topics: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Say what a text is about: exactly these topics. What is found later adds nothing, until nobody says any topic of it."""
    known = list(Topic.objects.filter(pk__in=topics, merged_into=None).order_by("pk").values_list("pk", flat=True))
    TextTopic.objects.filter(text=text).delete()
    TextTopic.objects.bulk_create(TextTopic(text=text, topic_id=pk, by_person=True) for pk in known)
    audit.record(by, "voice.topics_said", target=f"voice.Text:{text.pk}", summary={"topics": len(known)}, now=now)


@transaction.atomic
def label_many(said: Mapping[int, int], *, by: Actor, now: datetime) -> int:
    """Say what several texts are, by id; return how many there were. Set-based; audited as a count."""
    valid = set(Sentiment.values)
    known = set(Text.objects.filter(pk__in=said).values_list("pk", flat=True))
    rows = [
        Label(text_id=pk, by=by.reference, by_label=by.label, sentiment=sentiment, said_at=now)
        for pk, sentiment in said.items()
        if pk in known and sentiment in valid
    ]
    Label.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["text", "by"], update_fields=["sentiment", "by_label", "said_at"]
    )
    _settle([row.text_id for row in rows])
    audit.record(by, "voice.labelled", summary={"texts": len(rows)}, now=now)
    return len(rows)


@transaction.atomic
def unlabel(text: Text, *, by: Actor, now: datetime) -> None:
    """Take back what one person said of a text."""
    removed, _kinds = Label.objects.filter(text=text, by=by.reference).delete()
    if removed:
        _settle([text.pk])
        audit.record(by, "voice.unlabelled", target=f"voice.Text:{text.pk}", now=now)


def _settle(text_ids: Sequence[int]) -> None:
    """Let texts follow what most people say of them; without labels they wait to be judged again."""
    said: dict[int, list[int]] = {}
    for pk, sentiment in (
        Label.objects.filter(text_id__in=text_ids).order_by("said_at", "pk").values_list("text_id", "sentiment")
    ):
        said.setdefault(pk, []).append(sentiment)
    changed = []
    for text in Text.objects.filter(pk__in=text_ids).only("pk", "rating", "sentiment", "judge", "run_id"):
        if text.pk in said:
            text.sentiment, text.judge = rules.majority(said[text.pk]), Judge.PERSON
        else:
            text.sentiment, text.run_id = rules.of_stars(text.rating), None
            text.judge = Judge.NOBODY if text.sentiment is None else Judge.STARS
        changed.append(text)
    Text.objects.bulk_update(changed, ["sentiment", "judge", "run"], batch_size=200)
