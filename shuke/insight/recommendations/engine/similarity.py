"""Methods of discovery: each turns who bought what into weights from product to product, dense and with an empty diagonal.

EASE^R after Steck (2019), a linear auto-encoder in closed form; RP3beta after Paudel et al. (2016), a random walk of three
steps that holds popular products back; cosine between the buyers of two products, shrunk where few speak.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

Array = Any
EASE, RP3BETA, COSINE, BLEND = "ease", "rp3beta", "cosine", "blend"
# What is tried, on the validation day only.
VARIANTS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    EASE: ({"ridge": 30.0}, {"ridge": 100.0}, {"ridge": 300.0}, {"ridge": 1000.0}),
    RP3BETA: (
        {"alpha": 0.8, "beta": 0.2}, {"alpha": 0.8, "beta": 0.4}, {"alpha": 0.8, "beta": 0.6},
        {"alpha": 1.0, "beta": 0.3}, {"alpha": 1.0, "beta": 0.6},
    ),
    BLEND: ({"ridge": 100.0, "alpha": 0.8, "beta": 0.4}, {"ridge": 300.0, "alpha": 0.8, "beta": 0.6}),
    COSINE: ({"shrink": 0.0}, {"shrink": 5.0}, {"shrink": 20.0}, {"shrink": 100.0}),
}  # fmt: skip


def learn(method: str, bought: sparse.csr_matrix, **given: float) -> Array:
    """Return the weights of a method, learned from users by products."""
    methods: Mapping[str, Callable[..., Array]] = {EASE: ease, RP3BETA: rp3beta, COSINE: cosine, BLEND: blend}
    return methods[method](bought, **given)


def ease(bought: sparse.csr_matrix, *, ridge: float) -> Array:
    """Return EASE^R: the best linear guess of a product from the others, with a ridge."""
    gram = np.asarray((bought.T @ bought).todense(), dtype=np.float64, order="F")
    gram[np.diag_indices_from(gram)] += ridge
    factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.dpotri(factor, lower=1, overwrite_c=1)
    assert not failed, "a Gram matrix with a ridge is positive definite"
    assert not failed_too
    lower = np.tril(inverse)
    whole = lower + np.tril(inverse, -1).T
    weights = (-whole / np.diag(whole)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return weights


def rp3beta(bought: sparse.csr_matrix, *, alpha: float, beta: float) -> Array:
    """Return RP3beta: chances to walk from a product over its buyers to another, less for popular ones."""
    popular = np.maximum(np.asarray(bought.sum(axis=0)).ravel(), 1)
    active = np.maximum(np.asarray(bought.sum(axis=1)).ravel(), 1)
    forth = sparse.diags(popular**-alpha) @ bought.T
    back = sparse.diags(active**-alpha) @ bought
    weights = np.asarray((forth @ back).todense(), dtype=np.float32)
    weights *= (popular**-beta).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return weights


def cosine(bought: sparse.csr_matrix, *, shrink: float) -> Array:
    """Return the cosine between the buyers of two products, shrunk towards nought where they have few in common."""
    shared = np.asarray((bought.T @ bought).todense(), dtype=np.float32)
    size = np.sqrt(np.maximum(np.diag(shared), 1))
    weights = shared / size[:, None] / size[None, :]
    if shrink:
        weights *= shared / (shared + shrink)
    np.fill_diagonal(weights, 0)
    return weights


def blend(bought: sparse.csr_matrix, *, ridge: float, alpha: float, beta: float) -> Array:
    """Return EASE^R and RP3beta together, each measured by what its strongest weights usually are."""
    walked = rp3beta(bought, alpha=alpha, beta=beta)
    walked /= _scale(walked)
    guessed = ease(bought, ridge=ridge)
    guessed /= 2 * _scale(guessed)
    return walked + guessed


def _scale(weights: Array) -> float:
    strongest = min(20, weights.shape[1])
    return float(np.partition(weights, -strongest, axis=1)[:, -strongest:].mean()) or 1.0


def top(scores: Array, k: int) -> Array:
    """Return, row by row, the places of the ``k`` highest scores, highest first; equal ones in order of place."""
    k = min(k, scores.shape[1])
    if k == scores.shape[1]:
        return np.argsort(-scores, axis=1, kind="stable")
    found = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    found.sort(axis=1)
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
