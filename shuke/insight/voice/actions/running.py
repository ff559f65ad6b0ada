"""Learning from labels, and judging by what was learned."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.insight.voice import queries, rules
from shuke.insight.voice.actions import arranging, noticing
from shuke.insight.voice.actions.learning import Cancelled, ask, never
from shuke.insight.voice.actions.people import TRAIN
from shuke.insight.voice.models import Judge, Run, Text
from shuke.insight.voice.queries.words import bodies_of
from shuke.insight.voice.rules import learning
from shuke.platform.crypto.sealing import seal_bytes
from shuke.platform.db.bulk import update_rows
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor
from shuke.vocabulary.voice import TextsJudged

# Texts judged in one process, and rows written in one transaction: well below the 100 ms that may hold others up.
_JUDGED_AT_ONCE = 10_000
_ROWS_AT_ONCE = 500
_KEPT_MODELS = 3

Progress = Callable[[int, int, str], None]


def ask_for_training(*, now: datetime, by: Actor | None = None) -> Job:
    """Queue a training and return its job: the one that waits or runs, if there is one."""
    return enqueue(TRAIN, now=now, dedupe_key=TRAIN, by=by)


def train(*, now: datetime, progress: Progress | None = None, is_cancelled: Callable[[], bool] = never) -> Run | None:
    """Learn anew from what people and stars say, measure it, and judge every text; None if it was cancelled.

    What cannot be learned is refused, with the reason; texts then say what people and stars say of them.
    """
    tell = progress or (lambda *_: None)
    tell(0, 4, "reading")
    examples = _examples()
    run = Run(
        began_at=now, texts=Text.objects.count(), labelled=sum(one[2] is not None for one in examples),
        starred=sum(one[3] is not None for one in examples),
    )  # fmt: skip
    tell(1, 4, "learning")
    try:
        found = ask({"task": "train", "examples": examples}, is_cancelled=is_cancelled)
        run.is_ready, run.refusal, run.findings = found["model"] is not None, found["refusal"], found["findings"]
        run.save()
        if run.is_ready:
            _keep(run, found["model"])
        tell(2, 4, "topics")
        arranging.keep_found(_topics(is_cancelled), now=now)
        tell(3, 4, "judging")
        _judge(Text.objects.exclude(run=run), run, found["model"] or "", is_cancelled)
        noticing.look(run, is_cancelled=is_cancelled)
    except Cancelled:
        return None
    _finish(run, now)
    tell(4, 4, "")
    return run


def look_again(*, now: datetime) -> Job:
    """Have every text judged again by what was learned last: topics have changed."""
    return enqueue("voice.judge", now=now, dedupe_key="voice.judge:all", everything=True)


def judge_waiting(*, now: datetime, everything: bool = False, is_cancelled: Callable[[], bool] = never) -> int:
    """Judge the texts that came since, or all of them; return how many. Without anything learned, stars speak for them."""
    run = queries.last_run()
    if run is None:
        return 0
    waiting = Text.objects.all() if everything else Text.objects.filter(run=None)
    if not waiting.exists():
        return 0
    count = _judge(waiting, run, queries.model_of(run), is_cancelled)
    noticing.look(run, is_cancelled=is_cancelled)
    _announce(run, count, now)
    return count


def _examples() -> list[tuple[Any, ...]]:
    """Return every text that people or stars say something of: the labelled ones, then the newest."""
    labels = queries.majorities()
    columns = ("pk", "sealed", "language", "rating", "customer_id", "product_id")
    rows = list(Text.objects.filter(labels__isnull=False).distinct().values_list(*columns))
    starred = Text.objects.filter(labels=None, rating__isnull=False).order_by("-written_at", "-pk")
    rows += starred.values_list(*columns)[: learning.MOST_TEXTS]
    categories = catalog.categories_of({row[5] for row in rows if row[5]})
    words = dict(bodies_of((row[0], row[1]) for row in rows))
    return [
        (words[pk], language, labels.get(pk), rules.of_stars(rating), customer or -pk, categories.get(product, ""))
        for pk, _sealed, language, rating, customer, product in rows
    ]


def _topics(is_cancelled: Callable[[], bool]) -> dict[str, Any]:
    """Find what the newest texts are about."""
    rows = list(
        Text.objects.order_by("-written_at", "-pk").values_list("pk", "sealed", "language")[: learning.MOST_TEXTS]
    )
    languages = {pk: language for pk, _sealed, language in rows}
    texts = [(body, languages[pk]) for pk, body in bodies_of((pk, sealed) for pk, sealed, _language in rows)]
    return ask({"task": "topics", "texts": texts}, is_cancelled=is_cancelled)


def _keep(run: Run, model: str) -> None:
    """Keep what was learned, sealed: it holds fragments of what people wrote."""
    sealed = seal_bytes(model.encode(), context=queries.MODEL_AS)
    run.model_file = default_storage.save(f"voice/{run.pk}.sealed", ContentFile(sealed))
    run.save(update_fields=["model_file"])


def _judge(waiting: Any, run: Run, model: str, is_cancelled: Callable[[], bool]) -> int:
    done, topics = 0, queries.searched()
    for rows in _batches(waiting):
        languages = {pk: language for pk, _sealed, language in rows}
        texts = [(pk, body, languages[pk]) for pk, body in bodies_of((pk, sealed) for pk, sealed, _language in rows)]
        task = {"task": "judge", "model": model, "texts": texts, "topics": topics}
        found = ask(task, is_cancelled=is_cancelled)
        _write(run, [pk for pk, *_ in texts], {one[0]: one for one in found["sentiments"]}, found["topics"])
        done += len(texts)
    return done


def _batches(waiting: Any) -> Iterator[list[tuple[int, bytes, str]]]:
    after = 0
    while rows := list(
        waiting.filter(pk__gt=after).order_by("pk").values_list("pk", "sealed", "language")[:_JUDGED_AT_ONCE]
    ):
        after = rows[-1][0]
        yield rows


def _write(run: Run, ids: list[int], said: dict[int, Any], topics: list[Any]) -> None:
    """Write sentiments, some hundreds at a time. What a person said stays; only how certain we would be is noted."""
    about: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, topic in topics:
        about[pk].append((pk, topic))
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[start : start + _ROWS_AT_ONCE]
        with transaction.atomic():
            some = Text.objects.filter(pk__in=part)
            rows = [
                (*_judged(run, said.get(pk), judge=judge, sentiment=sentiment, rating=rating), pk)
                for pk, judge, sentiment, rating in some.values_list("pk", "judge", "sentiment", "rating")
            ]
            update_rows(Text, ("sentiment", "judge", "certainty", "is_unsure", "run_id"), rows)
            arranging.write_found([row[-1] for row in rows], [pair for row in rows for pair in about[row[-1]]])


def _judged(run: Run, said: Any, *, judge: str, sentiment: int | None, rating: int | None) -> tuple[Any, ...]:
    certainty, is_unsure = (said[2], said[3]) if said else (None, False)
    if judge != Judge.PERSON:
        sentiment = said[1] if said else rules.of_stars(rating)
        judge = Judge.MODEL if said else Judge.NOBODY if sentiment is None else Judge.STARS
    return (sentiment, str(judge), certainty, is_unsure, run.pk)


def _finish(run: Run, now: datetime) -> None:
    Run.objects.filter(pk=run.pk).update(finished_at=now)
    run.refresh_from_db()
    _announce(run, run.texts, now)
    old = Run.objects.exclude(model_file="").order_by("-pk")[_KEPT_MODELS:]
    for one in list(old):
        default_storage.delete(one.model_file)
        Run.objects.filter(pk=one.pk).update(model_file="")


def _announce(run: Run, count: int, now: datetime) -> None:
    """Put what is known of each customer into the warehouse, and say that it may differ."""
    if count:
        columns = list(zip(*queries.summaries(now=now), strict=True)) or [(), (), (), ()]
        kinds = (pa.int64(), pa.string(), pa.date32(), pa.int32())
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        names = ["customer_id", "last_sentiment", "last_on", "negative_90"]
        warehouse_actions.store("customer_voice", pa.Table.from_arrays(arrays, names=names))
        by = Provenance("shuke", "system:voice", now)
        with transaction.atomic():
            events.publish([NewEvent.of(TextsJudged(run.pk, count), customer_id=None, occurred_at=now, by=by)])
