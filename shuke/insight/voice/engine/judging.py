"""Judging texts by what was learned, finding what they are about, and counting who complains of which words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from shuke.insight.voice.engine.classifier import Model
from shuke.insight.voice.engine.grams import plain
from shuke.insight.voice.engine.topics import found_in
from shuke.insight.voice.engine.words import terms_of


def judged(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return for every text its likeliest sentiment, how probable that is and whether that is too little; and its topics."""
    texts = task["texts"]
    found: dict[str, Any] = {
        "sentiments": [],
        "topics": [(pk, topic) for pk, text, language in texts for topic in about(text, language, task["topics"])],
    }
    if task["model"] and texts:
        model = Model.unpacked(task["model"])
        with threadpool_limits(limits=1):
            chances = model.chances([plain(text) for _pk, text, _language in texts])
        best = chances.argmax(axis=1)
        found["sentiments"] = [
            (pk, model.classes[place], round(float(row[place]), 4), bool(row[place] < model.threshold))
            for (pk, _text, _language), place, row in zip(texts, best, chances, strict=True)
        ]
    return found


def about(text: str, language: str, topics: Sequence[Sequence[Any]]) -> list[int]:
    """Return which topics a text is about: those of its language whose words in it weigh together as much as the strongest.

    Of a pinned topic (no language) any keyword is enough. Each topic is id, language, and words with weights.
    """
    said = plain(text)
    words = set(said.replace("’", "'").translate(_MARKS).split())
    found = []
    for pk, its_language, known in topics:
        if its_language in ("", language):
            weight = sum(weight for word, weight in known if _stands(word, said, words))
            if weight >= 1:
                found.append(pk)
    return found


_MARKS = {ord(mark): " " for mark in '.,;:!?()[]"/…-—'}


def _stands(word: str, said: str, words: set[str]) -> bool:
    """Whether a word stands in a text: whole where words have spaces between them, with or without an s."""
    lowered = word.casefold()
    if lowered.isascii() and " " not in lowered:
        return lowered in words or f"{lowered}s" in words
    return lowered in said


def topics(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the topics found among texts, by language."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for text, language in task["texts"]:
        by_language[language].append(plain(text))
    with threadpool_limits(limits=1):
        return {
            language: [{"words": one.words, "coherence": one.coherence} for one in found_in(terms_of(texts, language))]
            for language, texts in sorted(by_language.items())
            if language != "other"
        }


def complaints(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return by language and word how many people complained of it recently and before.

    Texts are: words, language, whether recent, whether negative, whose. A person counts once, however often they write.
    """
    found: dict[str, Any] = {}
    for language in ("en", "zh"):
        rows = [row for row in task["texts"] if row[1] == language]
        people: dict[str, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for (_text, _language, is_recent, is_negative, person), terms in zip(
            rows, terms_of([plain(row[0]) for row in rows], language), strict=True
        ):
            if is_negative:
                for term in terms:
                    people[term][not is_recent].add(person)
        found[language] = {term: (len(recent), len(before)) for term, (recent, before) in people.items()}
    return found
