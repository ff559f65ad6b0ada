"""A training from labelled texts to a model and to what is honestly known of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from threadpoolctl import threadpool_limits

from shuke.insight.voice.engine import measuring
from shuke.insight.voice.engine.classifier import Model, fit
from shuke.insight.voice.engine.grams import Numbers, plain
from shuke.insight.voice.rules import learning
from shuke.insight.voice.rules.learning import Refusal
from shuke.insight.voice.rules.shares import wilson

_FOLDS = 5
# From so many texts on, a fifth of them judges well enough, and learning five times would take long.
_MANY = 3_000


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what is said of it: by people (``label``), by stars; whose it is, and of what."""

    text: str
    language: str
    label: int | None
    stars: int | None
    person: int
    category: str


def learn(examples: Sequence[Example]) -> dict[str, Any]:
    """Return ``model`` (packed, or None), ``refusal`` and ``findings``."""
    chosen, refused = _basis(examples)
    if refused is not None:
        return {"model": None, "refusal": {"code": refused.code, "facts": dict(refused.facts)}, "findings": {}}
    table = _Table(chosen)
    # More threads than cores that are free make fits many times slower.
    with threadpool_limits(limits=1):
        findings = _judged(table)
        model = table.fitted(np.ones(len(table.texts), bool))
    findings |= {
        "strength": model.strength, "threshold": model.threshold, "learned_from": len(table.texts), "vocabulary": len(model.vocabulary.grams),
    }  # fmt: skip
    return {"model": model.packed(), "refusal": {}, "findings": findings}


@dataclass(frozen=True, slots=True)
class _Basis:
    """What is learned from: examples with their answers, which of them count as truth, and what is left out."""

    examples: Sequence[Example]
    answers: Sequence[int]
    is_truth: Sequence[bool]
    name: str
    left_out: Sequence[int]


def _basis(examples: Sequence[Example]) -> tuple[Any, Refusal | None]:
    """Return what to learn from: labels of people, with stars where there are few; stars alone where there are none."""
    labels = [one.label for one in examples if one.label is not None]
    stars = [one.stars for one in examples if one.label is None and one.stars is not None]
    by_people = learning.gate(labels)
    if by_people is None:
        with_stars = len(labels) < learning.ENOUGH_LABELS
        usable = learning.usable(labels)
        name = "labels_and_stars" if with_stars and stars else "labels"
    else:
        refused = learning.gate([*labels, *stars])
        if refused is not None:
            return None, by_people if not stars else refused
        with_stars, usable, name = True, learning.usable([*labels, *stars]), "stars"
    kept: list[tuple[Example, int, bool]] = []
    for one in examples:
        answer = one.label if one.label is not None else one.stars if with_stars else None
        if answer is not None and answer in usable:
            kept.append((one, answer, one.label is not None or name == "stars"))
    columns = list(zip(*kept, strict=True))
    left = sorted({*labels, *stars} - usable)
    return _Basis(columns[0], columns[1], columns[2], name, left), None


class _Table:
    """The basis as arrays."""

    def __init__(self, basis: _Basis) -> None:
        self.basis = basis
        self.texts = [plain(one.text) for one in basis.examples]
        self.answers = np.array(basis.answers)
        self.is_truth = np.array(basis.is_truth)
        by_stars = np.array([one.label is None for one in basis.examples])
        self.weights = np.where(by_stars & (basis.name != "stars"), learning.STAR_WEIGHT, 1.0)
        # The same words, whoever wrote them, stay on one side of every division.
        self.groups = np.array([crc32(text.encode()) for text in self.texts], dtype=np.int64)
        self.classes = sorted(set(basis.answers))

    def fitted(self, inside: Numbers) -> Model:
        places = np.flatnonzero(inside)
        return fit(
            [self.texts[place] for place in places],
            self.answers[inside],
            self.weights[inside],
            self.groups[inside] // _FOLDS,
        )


def _judged(table: _Table) -> dict[str, Any]:
    """Measure on texts held out in turn (of many texts, on a fifth)."""
    truth = int(table.is_truth.sum())
    chances = np.zeros((len(table.texts), len(table.classes)))
    sure = np.zeros(len(table.texts), bool)
    usual = np.zeros(len(table.texts), int)
    tested = np.zeros(len(table.texts), bool)
    for fold in range(1 if truth >= _MANY else _FOLDS):
        outside = table.groups % _FOLDS == fold
        mine = outside & table.is_truth
        if not mine.any() or len(set(table.answers[~outside].tolist())) < 2:
            continue
        model = table.fitted(~outside)
        found = model.chances([table.texts[place] for place in np.flatnonzero(mine)])
        columns = [table.classes.index(one) for one in model.classes]
        rows = np.zeros((len(found), len(table.classes)))
        rows[:, columns] = found
        chances[mine], sure[mine] = rows, rows.max(axis=1) >= model.threshold
        usual[mine] = Counter(table.answers[table.is_truth & ~outside].tolist()).most_common(1)[0][0]
        tested |= mine
    return _figures(table, chances[tested], sure[tested], usual[tested], tested)


def _figures(table: _Table, chances: Numbers, sure: Numbers, usual: Numbers, tested: Numbers) -> dict[str, Any]:
    examples = [table.basis.examples[place] for place in np.flatnonzero(tested).tolist()]
    answers = table.answers[tested]
    truth = np.searchsorted(np.array(table.classes), answers)
    said = chances.argmax(axis=1)
    right = said == truth
    low, high = wilson(int(right.sum()), len(right))
    confusion = np.zeros((len(table.classes), len(table.classes)), int)
    np.add.at(confusion, (truth, said), 1)
    people = [one.person for one in examples]
    return {
        "basis": table.basis.name, "left_out": list(table.basis.left_out), "classes": table.classes,
        "counts": {str(one): int((table.answers[table.is_truth] == one).sum()) for one in table.classes},
        "tested": len(right), "accuracy": float(right.mean()), "low": low, "high": high,
        "ece": measuring.calibration_error(chances, truth), "bins": measuring.bins(chances, truth),
        "confusion": confusion.tolist(), "usual": _beside(right, usual == answers, people),
        "stars": _stars(examples, right, answers) if table.basis.name != "stars" else None,
        "sure_share": float(sure.mean()), "sure_accuracy": float(right[sure].mean()) if sure.any() else None,
        "languages": measuring.by_part(right, [one.language for one in examples]),
        "categories": measuring.by_part(right, [one.category for one in examples]),
    }  # fmt: skip


def _beside(ours: Numbers, theirs: Numbers, people: Sequence[int]) -> dict[str, float]:
    gain, low, high = measuring.better_by(ours, theirs, people)
    return {
        "texts": len(ours), "theirs": float(theirs.mean()), "ours": float(ours.mean()), "gain": gain, "low": low, "high": high,
    }  # fmt: skip


def _stars(examples: Sequence[Example], right: Numbers, answers: Numbers) -> dict[str, float] | None:
    """Compare with stars alone, on the texts that have any."""
    having = np.array([one.stars is not None for one in examples])
    if having.sum() < learning.LEAST_PER_CLASS:
        return None
    told = np.array([one.stars if one.stars is not None else 9 for one in examples])
    people = [one.person for one, has in zip(examples, having, strict=True) if has]
    return _beside(right[having], told[having] == answers[having], people)
