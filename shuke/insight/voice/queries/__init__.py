"""Questions about what customers say."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Q, QuerySet

from shuke.insight.voice.errors import UnknownText
from shuke.insight.voice.models import Judge, Label, Run, Sentiment, Text, TextTopic, Topic
from shuke.insight.voice.rules.texts import alpha, majority
from shuke.platform.crypto.sealing import unseal_bytes

MODEL_AS = b"voice.model"
TONES = {-1: "bad", 0: "neutral", 1: "good", None: "neutral"}
RECENT = timedelta(days=90)
CODES = {-1: "negative", 0: "neutral", 1: "positive"}


def texts() -> QuerySet[Text]:
    """Return texts, for lists that add their own filters."""
    return Text.objects.select_related("product", "customer", "shop")


def by_uuid(uuid: UUID) -> Text:
    """Return a text by public id. Raises ``UnknownText``."""
    found = texts().filter(uuid=uuid).first()
    if found is None:
        raise UnknownText
    return found


def last_run() -> Run | None:
    """Return the last training that came to an end, whether or not it learned anything."""
    return Run.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def model_of(run: Run) -> str:
    """Return what a run learned, as ``Model.packed`` wrote it; "" where it learned nothing."""
    if not run.model_file:
        return ""
    with default_storage.open(run.model_file) as file:
        return unseal_bytes(file.read(), context=MODEL_AS).decode()


def majorities() -> dict[int, int]:
    """Return what most people say of every labelled text, by id."""
    said: dict[int, list[int]] = {}
    for pk, sentiment in Label.objects.order_by("said_at", "pk").values_list("text_id", "sentiment"):
        said.setdefault(pk, []).append(sentiment)
    return {pk: majority(told) for pk, told in said.items()}


def label_counts() -> dict[int, int]:
    """Return how many texts people call negative, neutral and positive."""
    rows = Text.objects.filter(judge=Judge.PERSON).values("sentiment").annotate(n=Count("pk")).order_by()
    return {row["sentiment"]: row["n"] for row in rows if row["sentiment"] is not None}


def labelled_by() -> list[Any]:
    """Return who labelled how many texts, most first."""
    return list(Label.objects.values("by", "by_label").annotate(n=Count("pk")).order_by("-n", "by"))


def agreement() -> tuple[int, float | None]:
    """Return how many texts were labelled by several people, and how far these agree beyond chance (alpha)."""
    several = Label.objects.values("text_id").annotate(n=Count("pk")).filter(n__gt=1).values("text_id")
    units: dict[int, list[int]] = {}
    for pk, sentiment in Label.objects.filter(text_id__in=several).values_list("text_id", "sentiment"):
        units.setdefault(pk, []).append(sentiment)
    return len(units), alpha(list(units.values()))


def next_to_label(by: str, *, skipped: tuple[int, ...] = ()) -> Text | None:
    """Return the text whose label would teach most: the least certain one, of the sentiment that has fewest labels.

    Now and then (one in five labels) one that others labelled already, so that agreement can be told; before
    anything was learned, stars make it balanced.
    """
    mine = Label.objects.filter(by=by)
    waiting = texts().exclude(labels__by=by).exclude(pk__in=skipped)
    if mine.count() % 5 == 4:
        other = waiting.filter(judge=Judge.PERSON).order_by("-pk").first()
        if other is not None:
            return other
    fresh = waiting.exclude(judge=Judge.PERSON)
    counts = label_counts()
    for sentiment in sorted((-1, 0, 1), key=lambda one: counts.get(one, 0)):
        found = fresh.filter(sentiment=sentiment).order_by("certainty", "pk").first()
        if found is not None:
            return found
    return fresh.order_by("-written_at", "-pk").first()


def filtered(said: dict[str, str]) -> QuerySet[Text]:
    """Return the texts that answer to filters of a page: kind, language, sentiment, judge, product, topic, shop."""
    found = texts()
    plain = {"kind": "kind", "language": "language", "judge": "judge"}
    for name, column in plain.items():
        if said.get(name):
            found = found.filter(**{column: said[name]})
    for name, column in (("product", "product_id"), ("shop", "shop_id"), ("topic", "topics__topic_id")):
        if said.get(name, "").isdecimal():
            found = found.filter(**{column: int(said[name])})
    if said.get("sentiment") in {"-1", "0", "1"}:
        found = found.filter(sentiment=int(said["sentiment"]))
    if said.get("sentiment") == "unsure":
        found = found.filter(Q(is_unsure=True) & ~Q(judge=Judge.PERSON))
    return found


def labels_of(text: Text) -> list[Label]:
    """Return what people said of a text, first said first."""
    return list(Label.objects.filter(text=text).order_by("said_at", "pk"))


def topics() -> list[Topic]:
    """Return the topics in use, pinned ones first, then by name; those merged into others stand under these."""
    found = Topic.objects.filter(merged_into=None).filter(Q(is_current=True) | Q(is_pinned=True))
    return list(found.order_by("-is_pinned", "language", "name", "pk"))


def topic(pk: int) -> Topic | None:
    """Return a topic, or None."""
    return Topic.objects.filter(pk=pk).first()


def destinations() -> dict[int, int]:
    """Return to which topic the texts of merged ones count."""
    return {
        pk: into
        for pk, into in Topic.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
        if into
    }


def searched() -> list[tuple[int, str, list[Any]]]:
    """Return the topics that texts are looked through for, as id, language and words; merged ones too."""
    found = Topic.objects.filter(Q(is_current=True) | Q(is_pinned=True)).order_by("pk")
    return list(found.values_list("pk", "language", "words"))


def topics_of(text_ids: Collection[int]) -> dict[int, list[Topic]]:
    """Return what texts are about, in one query."""
    found: dict[int, list[Topic]] = {}
    for row in TextTopic.objects.filter(text_id__in=text_ids).select_related("topic").order_by("topic__name"):
        found.setdefault(row.text_id, []).append(row.topic)
    return found


def latest_of(customer_id: int, *, most: int) -> list[Text]:
    """Return the newest texts of a customer."""
    return list(texts().filter(customer_id=customer_id).order_by("-written_at", "-pk")[:most])


def counts_of(customer_id: int, *, since: datetime) -> tuple[int, int]:
    """Return how many texts a customer wrote, and how many negative ones since a moment."""
    recent = Q(sentiment=Sentiment.NEGATIVE, written_at__gte=since)
    found = Text.objects.filter(customer_id=customer_id).aggregate(
        total=Count("pk"), negative=Count("pk", filter=recent)
    )
    return found["total"], found["negative"]


def summaries(*, now: datetime, customer_ids: Collection[int] | None = None) -> list[tuple[int, str | None, date, int]]:
    """Return for each customer who wrote something: the last sentiment, when, and negative texts in the last 90 days."""
    found = Text.objects.filter(customer__isnull=False, sentiment__isnull=False)
    if customer_ids is not None:
        found = found.filter(customer_id__in=customer_ids)
    since = now - RECENT
    told: dict[int, tuple[int, str | None, date, int]] = {}
    rows = found.order_by("customer_id", "written_at", "pk").values_list("customer_id", "sentiment", "written_at")
    for customer, sentiment, at in rows.iterator(chunk_size=10_000):
        if customer is not None:
            before = told[customer][3] if customer in told else 0
            is_bad = sentiment == Sentiment.NEGATIVE and at >= since
            told[customer] = (customer, CODES[sentiment or 0], at.date(), before + is_bad)
    return list(told.values())
