"""A calibrated classifier of texts: regularised logistic regression over weighted runs of characters."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.voice.engine.grams import Numbers, Vocabulary

STRENGTHS = (1.0, 4.0, 16.0)
_FOLDS = 3
# How strongly to regularise is chosen on at most so many texts: more do not change the choice.
_CHOSEN_ON = 6_000
# Below so many answers per hundred that would be refused, a threshold refuses too much to be of use.
_MOST_REFUSED = 0.3


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: classes in order, weights per run, how scores become chances, below which chance it is unsure."""

    classes: tuple[int, ...]
    vocabulary: Vocabulary
    weights: Numbers
    bias: Numbers
    slope: float
    shift: Numbers
    threshold: float
    strength: float

    def scores(self, rows: Any) -> Numbers:
        """Return one calibrated score per text and class; the chances are their softmax."""
        return (np.asarray(rows @ self.weights) + self.bias) * self.slope + self.shift

    def chances(self, texts: Sequence[str]) -> Numbers:
        """Return how probable each class is for plain texts."""
        return softmax(self.scores(self.vocabulary.weighed(texts)))

    def packed(self) -> str:
        """Return the model as text; arrays of numbers only, nothing that could run."""
        kept = io.BytesIO()
        np.savez_compressed(
            kept, classes=np.array(self.classes), grams=self.vocabulary.grams, rarity=self.vocabulary.rarity,
            weights=self.weights.astype(np.float32), bias=self.bias, shift=self.shift,
            rest=np.array([self.slope, self.threshold, self.strength]),
        )  # fmt: skip
        return base64.b64encode(kept.getvalue()).decode()

    @classmethod
    def unpacked(cls, text: str) -> "Model":
        """Return the model that ``packed`` wrote."""
        with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as kept:
            slope, threshold, strength = (float(one) for one in kept["rest"])
            return cls(
                tuple(int(one) for one in kept["classes"]), Vocabulary(kept["grams"], kept["rarity"]),
                kept["weights"].astype(np.float64), kept["bias"], slope, kept["shift"], threshold, strength,
            )  # fmt: skip


def softmax(scores: Numbers) -> Numbers:
    """Return chances that add up to one in every row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return found


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What is learned from: plain texts, the place of each answer among the classes, its weight, who must stay together."""

    texts: Sequence[str]
    wanted: Numbers
    weights: Numbers
    groups: Numbers
    classes: int

    def some(self, places: Numbers) -> "_Lesson":
        """Return a part of it."""
        texts = [self.texts[place] for place in places]
        return _Lesson(texts, self.wanted[places], self.weights[places], self.groups[places], self.classes)


def fit(texts: Sequence[str], labels: Numbers, weights: Numbers, groups: Numbers) -> Model:
    """Learn from labelled plain texts. Texts of one group (the same words) never help to judge each other.

    How strongly to regularise, how scores become chances, and when to be unsure are settled on texts held out in turn.
    """
    classes = tuple(sorted({int(one) for one in labels}))
    wanted = np.searchsorted(np.array(classes), labels)
    lesson = _Lesson(texts, wanted, weights, groups, len(classes))
    strength = _chosen(lesson)
    held = _held_out(lesson, strength)
    slope, shift = _calibrated(held, wanted, weights)
    threshold = _threshold(softmax(held * slope + shift), wanted)
    vocabulary = Vocabulary.of(texts)
    found, bias = _solved(vocabulary.weighed(texts), lesson, strength)
    return Model(classes, vocabulary, found, bias, slope, shift, threshold, strength)


def _chosen(lesson: _Lesson) -> float:
    fewer = lesson.some(np.random.default_rng(7).permutation(len(lesson.texts))[:_CHOSEN_ON])
    losses = [_loss(softmax(_held_out(fewer, one)), fewer.wanted, fewer.weights) for one in STRENGTHS]
    return STRENGTHS[int(np.argmin(losses))]


def _loss(chances: Numbers, wanted: Numbers, weights: Numbers) -> float:
    told = np.log(np.clip(chances[np.arange(len(wanted)), wanted], 1e-9, 1))
    return float(-(weights * told).sum() / weights.sum())


def _held_out(lesson: _Lesson, strength: float) -> Numbers:
    """Return raw scores of every text, each given by what was learned without it."""
    found = np.zeros((len(lesson.texts), lesson.classes))
    for fold in range(_FOLDS):
        is_out = lesson.groups % _FOLDS == fold
        if is_out.all() or not is_out.any():
            continue
        inside, outside = lesson.some(np.flatnonzero(~is_out)), lesson.some(np.flatnonzero(is_out))
        vocabulary = Vocabulary.of(inside.texts)
        learned, bias = _solved(vocabulary.weighed(inside.texts), inside, strength)
        found[is_out] = np.asarray(vocabulary.weighed(outside.texts) @ learned) + bias
    return found


def _solved(rows: Any, lesson: _Lesson, strength: float) -> tuple[Numbers, Numbers]:
    """Return weights and bias of the regularised regression."""
    from scipy.optimize import minimize

    classes, weights = lesson.classes, lesson.weights
    width = rows.shape[1]
    truth = np.eye(classes)[lesson.wanted]
    turned = rows.T.tocsr()

    def cost(flat: Numbers) -> tuple[float, Numbers]:
        learned = flat.reshape(width + 1, classes)
        chances = softmax(np.asarray(rows @ learned[:-1]) + learned[-1])
        told = np.log(np.clip((chances * truth).sum(axis=1), 1e-12, 1))
        off = (chances - truth) * weights[:, None] * strength
        slope = np.vstack([np.asarray(turned @ off) + learned[:-1], off.sum(axis=0)])
        return float(0.5 * (learned[:-1] ** 2).sum() - strength * (weights * told).sum()), slope.ravel()

    options = {"maxiter": 120, "ftol": 1e-6, "gtol": 1e-3}
    found = minimize(cost, np.zeros((width + 1) * classes), jac=True, method="L-BFGS-B", options=options)
    learned = found.x.reshape(width + 1, classes)
    return learned[:-1], learned[-1]


def _calibrated(held: Numbers, wanted: Numbers, weights: Numbers) -> tuple[float, Numbers]:
    """Return the stretch and the shift per class under which held-out scores say how often they are right."""
    from scipy.optimize import minimize

    classes = held.shape[1]

    def cost(flat: Numbers) -> float:
        return _loss(softmax(held * flat[0] + flat[1:]), wanted, weights) + 1e-4 * float((flat[1:] ** 2).sum())

    found = minimize(cost, np.concatenate([[1.0], np.zeros(classes)]), method="L-BFGS-B", options={"maxiter": 60})
    return max(0.05, float(found.x[0])), found.x[1:]


def _threshold(chances: Numbers, wanted: Numbers) -> float:
    """Return the chance below which an answer is called unsure: those above err half as often, and not too few remain."""
    best = chances.max(axis=1)
    wrong = chances.argmax(axis=1) != wanted
    if not wrong.any():
        return 0.0
    for limit in np.quantile(best, np.linspace(0, _MOST_REFUSED, 31)):
        if wrong[best >= limit].mean() <= wrong.mean() / 2:
            return float(limit)
    return float(np.quantile(best, _MOST_REFUSED))
