"""How much each agreement and disagreement says, learned from the pairs themselves: Fellegi and Sunter's model.

Rates per level: among pairs that are the same person (``same``), among strangers, and among ``housemates``, who share
a family name, an address or a phone but not a given name or a birthday. Without the third kind, what is shared within
a household would be counted many times over, as if each of it were independent evidence. Ratios of rates are weights
of evidence; weights add up. Nobody labels anything: random pairs show what strangers look like, and
expectation-maximisation over the patterns of levels finds the rates of the others. A pair that was found because two
values agree must not teach how often these agree, so within each kind of block the comparisons that it forces are
left out. Where there is little to learn from, the starting rates stand.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shuke.cdp.quality.engine.comparing import COMPARISONS, LEVELS, MISSING, Comparison, compare, frequency_columns
from shuke.cdp.quality.engine.keys import BY_CODE, Pairs
from shuke.cdp.quality.engine.people import Roster

Floats = NDArray[np.float64]
_ROUNDS = 60
_SETTLED = 1e-5
# How many pairs the starting rates are worth, among the same and among strangers.
_FAITH_SAME = 12.0
_FAITH_STRANGERS = 2.0
RANDOM_PAIRS = 200_000
CHUNK = 1_000_000
_FIRST, _LAST = 1e-9, 0.02
# With fewer pairs of housemates than this for each pair of one person, what looks like a household is a typing error.
_FEW_HOUSEHOLDS = 0.1
# The lengths to which the frequency of a value may move a weight (natural logarithm): Zhang Wei against a rare name.
_FREQUENCY_RANGE = (-7.0, 4.5)
_WIDTH = tuple(levels + 1 for levels in LEVELS)
_PLACES = np.concatenate(([1], np.cumprod(_WIDTH)[:-1])).astype(np.int64)


@dataclass(slots=True)
class Model:
    """Rates per comparison and level, how likely two random people are the same, and the largest blocks per kind.

    ``frequencies`` remembers the shares of frequent values (and, under "", of all others), for scoring a few people.
    """

    same: list[Floats]
    strangers: list[Floats]
    housemates: list[Floats]
    prior: float
    # How many pairs of housemates there are for each pair of the same person; 0 where they are not worth believing in.
    housemates_share: float
    caps: dict[int, int]
    frequencies: dict[str, dict[str, float]]

    def weights(self) -> list[Floats]:
        """Return the natural logarithm of the ratio of rates to strangers, per comparison and level."""
        return [np.log(same / strangers) for same, strangers in zip(self.same, self.strangers, strict=True)]

    def household_weights(self) -> list[Floats]:
        """Return the same for housemates against strangers."""
        return [np.log(ours / strangers) for ours, strangers in zip(self.housemates, self.strangers, strict=True)]

    def plain(self) -> dict[str, Any]:
        """Return the model as JSON can hold it."""
        return {
            "same": [rates.tolist() for rates in self.same],
            "strangers": [rates.tolist() for rates in self.strangers],
            "housemates": [rates.tolist() for rates in self.housemates],
            "prior": self.prior,
            "housemates_share": self.housemates_share,
            "caps": {str(kind): cap for kind, cap in self.caps.items()},
            "frequencies": self.frequencies,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the model that ``plain`` describes."""
        return cls(
            [np.array(rates) for rates in plain["same"]],
            [np.array(rates) for rates in plain["strangers"]],
            [np.array(rates) for rates in plain["housemates"]],
            plain["prior"],
            plain["housemates_share"],
            {int(kind): cap for kind, cap in plain["caps"].items()},
            plain["frequencies"],
        )


def starting_model(people: int) -> Model:
    """Return what is assumed before anything is learned."""
    same = [_rates(np.array(comparison.same)) for comparison in COMPARISONS]
    strangers = [_rates(np.array(comparison.strangers)) for comparison in COMPARISONS]
    housemates = [_household_rates(comparison, strangers[at]) for at, comparison in enumerate(COMPARISONS)]
    return Model(same, strangers, housemates, _prior(0.1 * people, people), 0.2, {}, {})


def _household_rates(comparison: Comparison, strangers: Floats) -> Floats:
    return _rates(np.array(comparison.housemates)) if comparison.housemates else strangers


def _rates(counts: Floats) -> Floats:
    rates: Floats = counts / counts.sum()
    return rates


def _prior(expected: float, people: int) -> float:
    pairs = max(1.0, people * (people - 1) / 2)
    return float(np.clip(min(expected, 2.0 * people) / pairs, _FIRST, _LAST))


# --- patterns


def pack(levels: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return each line of levels as one number."""
    return (levels.astype(np.int64) + 1) @ _PLACES


def unpack(patterns: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return the lines of levels that ``pack`` packed."""
    levels: NDArray[np.int8] = ((patterns[:, None] // _PLACES) % np.array(_WIDTH) - 1).astype(np.int8)
    return levels


@dataclass(slots=True)
class _Sample:
    """Patterns with their counts, of one origin; the shares are how likely its pairs are the same person, or housemates."""

    levels: NDArray[np.int8]
    counts: Floats
    share: float
    household: float
    is_random: bool


def _sampled(patterns: NDArray[np.int64], *, forced: frozenset[str], share: float, is_random: bool) -> _Sample:
    distinct, counts = np.unique(patterns, return_counts=True)
    levels = unpack(distinct)
    for at, comparison in enumerate(COMPARISONS):
        if comparison.name in forced:
            levels[:, at] = MISSING
    return _Sample(levels, counts.astype(np.float64), share, share / 5, is_random)


def _evidence(levels: NDArray[np.int8], weights: list[Floats]) -> Floats:
    total = np.zeros(len(levels))
    for at, weight in enumerate(weights):
        total += np.append(weight, 0.0)[levels[:, at]]  # MISSING picks the last: nothing
    return total


def _likelihoods(model: Model, levels: NDArray[np.int8], share: float, household: float) -> tuple[Floats, Floats]:
    """Return how likely pairs are the same person, and housemates."""
    same = np.exp(np.clip(np.log(share) + _evidence(levels, model.weights()), -60, 60))
    home = np.zeros(len(levels))
    if household > 0:
        home = np.exp(np.clip(np.log(household) + _evidence(levels, model.household_weights()), -60, 60))
    total = same + home + max(1e-9, 1 - share - household)
    return same / total, home / total


# --- learning


def learn(roster: Roster, pairs: Pairs, patterns: NDArray[np.int64]) -> Model:
    """Return the model that explains best the levels of candidate ``pairs`` (packed in ``patterns``)."""
    model = starting_model(len(roster))
    model.caps = dict(pairs.caps)
    samples = [_random_sample(roster)]
    for kind in pairs.caps:
        chosen = patterns[(pairs.kinds & (1 << kind)) != 0]
        if len(chosen) and BY_CODE[kind].teaches:
            samples.append(_sampled(chosen, forced=BY_CODE[kind].forces, share=0.2, is_random=False))
    for _ in range(_ROUNDS):
        before = np.concatenate(model.same)
        _improve(model, samples)
        if np.abs(np.concatenate(model.same) - before).max() < _SETTLED:
            break
    _settle_shares(model, patterns, len(roster))
    model.frequencies = _frequent(roster)
    return model


def _random_sample(roster: Roster) -> _Sample:
    people = len(roster)
    size = min(RANDOM_PAIRS, 20_000 + 60 * people)
    chance = np.random.default_rng(20260101)
    a = chance.integers(0, people, size, dtype=np.int32)
    b = chance.integers(0, people, size, dtype=np.int32)
    apart = a != b
    patterns = pack(compare(roster, a[apart], b[apart]))
    return _sampled(patterns, forced=frozenset(), share=_prior(0.1 * people, people), is_random=True)


def _improve(model: Model, samples: list[_Sample]) -> None:
    """One round: how likely each pattern is what, then the rates that follow from it."""
    same = [_rates(np.array(comparison.same)) * _FAITH_SAME for comparison in COMPARISONS]
    strangers = [_rates(np.array(comparison.strangers)) * _FAITH_STRANGERS for comparison in COMPARISONS]
    home = [_rates(np.array(c.housemates)) * _FAITH_SAME if c.housemates else None for c in COMPARISONS]
    for sample in samples:
        likely, together = _likelihoods(model, sample.levels, sample.share, sample.household)
        sames, homes = likely * sample.counts, together * sample.counts
        if not sample.is_random:
            total = sample.counts.sum()
            sample.share = float(np.clip(sames.sum() / total, 1e-6, 0.9))
            sample.household = float(np.clip(homes.sum() / total, 1e-6, 0.9 - sample.share + 1e-6))
        for at, levels in enumerate(LEVELS):
            seen = sample.levels[:, at]
            told = seen != MISSING
            same[at] += np.bincount(seen[told], sames[told], levels)
            if (rates := home[at]) is not None:
                rates += np.bincount(seen[told], homes[told], levels)
            if sample.is_random:
                others = (1 - likely[told] - together[told]) * sample.counts[told]
                strangers[at] += np.bincount(seen[told], others, levels)
    model.same = [_rates(counts) for counts in same]
    model.strangers = [_rates(counts) for counts in strangers]
    model.housemates = [model.strangers[at] if rates is None else _rates(rates) for at, rates in enumerate(home)]


def _settle_shares(model: Model, patterns: NDArray[np.int64], people: int) -> None:
    """Find how likely two random people are the same, and housemates: as many as the candidates then hold."""
    distinct, counts = np.unique(patterns, return_counts=True)
    levels, pairs = unpack(distinct), max(1.0, people * (people - 1) / 2)
    homes = 0.0
    for _ in range(20):
        likely, together = _likelihoods(model, levels, model.prior, min(0.02, model.housemates_share * model.prior))
        sames, homes = float((likely * counts).sum()), float((together * counts).sum())
        model.prior = _prior(sames, people)
        model.housemates_share = min(50.0, homes / pairs / model.prior)
    if model.housemates_share < _FEW_HOUSEHOLDS:
        model.housemates_share = 0.0
        for _ in range(10):
            likely, _ignored = _likelihoods(model, levels, model.prior, 0.0)
            model.prior = _prior(float((likely * counts).sum()), people)


# Addresses are not stored in clear; of theirs only the share of the rest is kept.
_NOT_REMEMBERED = frozenset({"mailbox", "street"})


def _frequent(roster: Roster, *, most: int = 1_000, at_least: int = 8) -> dict[str, dict[str, float]]:
    """The shares of frequent values per column. Rare ones, which could single somebody out, are not kept."""
    kept = {}
    for name, (codes, share, texts) in frequency_columns(roster).items():
        counted = np.bincount(codes, minlength=len(share))
        counted[0] = 0
        top = np.argsort(counted)[::-1][:most]
        top = top[counted[top] >= at_least]
        total = max(1, int(counted.sum()))
        rest = max(1, int((counted > 0).sum()) - len(top))
        kept[name] = {} if name in _NOT_REMEMBERED else {texts.texts[code]: float(share[code]) for code in top}
        kept[name][""] = max(1.0, float(total - counted[top].sum())) / rest / total
    return kept


# --- scoring


def evidence_of(
    model: Model, roster: Roster, a: NDArray[np.int32], b: NDArray[np.int32], patterns: NDArray[np.int64]
) -> Floats:
    """Return how strongly each pair's levels speak for one person (natural logarithm of the odds, prior included)."""
    distinct, back = np.unique(patterns, return_inverse=True)
    levels = unpack(distinct)
    same = (_evidence(levels, model.weights()) + np.log(model.prior))[back]
    home = None
    if model.housemates_share > 0:
        at_home = np.log(model.housemates_share * model.prior)
        home = (_evidence(levels, model.household_weights()) + at_home)[back]
    columns = frequency_columns(roster)
    for at, comparison in enumerate(COMPARISONS):
        for level, column in comparison.frequency.items():
            agreeing = np.flatnonzero((levels[:, at] == level)[back])
            if len(agreeing) and column in columns:
                codes, share, _texts = columns[column]
                shared = np.maximum(share[codes[a[agreeing]]], share[codes[b[agreeing]]])
                moved = np.clip(np.log(model.strangers[at][level] / shared), *_FREQUENCY_RANGE)
                same[agreeing] += moved
                if home is not None and comparison.housemates:
                    home[agreeing] += moved
    total: Floats = same if home is None else same - np.logaddexp(0.0, home)
    return total


def probability(evidence: Floats) -> Floats:
    """Return evidence as a probability."""
    chance: Floats = 1 / (1 + np.exp(-np.clip(evidence, -50, 50)))
    return chance
