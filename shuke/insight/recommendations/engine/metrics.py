"""How good lists are, customer by customer, and how sure the mean is."""

from typing import Any

import numpy as np

Array = Any
K = 20
_DRAWS = 500


def judged(hits: Array, truths: Array) -> tuple[Array, Array]:
    """Return recall and nDCG at ``K`` of each customer.

    ``hits`` is a matrix of customers by places that says whether the thing shown there was bought; ``truths`` how many
    things each bought.
    """
    hits = hits[:, :K]
    gains = 1 / np.log2(np.arange(2, K + 2))
    best = np.append(0, np.cumsum(gains))[np.minimum(truths, K)]
    recall = hits.sum(axis=1) / np.maximum(truths, 1)
    ndcg = (hits * gains[: hits.shape[1]]).sum(axis=1) / np.maximum(best, 1e-12)
    return recall, ndcg


def interval(values: Array, seed: int = 7) -> dict[str, float]:
    """Return the mean with what holds it in 19 of 20 draws of the same customers with replacement."""
    if not len(values):
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    rng = np.random.default_rng(seed)
    means = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        means[draw] = values[rng.integers(0, len(values), len(values))].mean()
    low, high = np.quantile(means, (0.025, 0.975))
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def compared(ours: dict[str, Array], others: dict[str, dict[str, Array]], by: str) -> dict[str, Any]:
    """Return our figures, those of the others, and the paired difference to each in one of them, with intervals."""
    return {
        "ours": {name: interval(values) for name, values in ours.items()},
        "others": {
            other: {
                **{name: interval(values) for name, values in theirs.items()},
                "difference": interval(ours[by] - theirs[by]),
            }
            for other, theirs in others.items()
        },
    }
