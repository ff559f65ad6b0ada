"""How often customers come back until, unseen, they stay away: BG/NBD and its modified form (MBG/NBD).

Fader, Hardie and Lee (2005); Batislam, Denizel and Filiztekin (2007). While alive a customer buys at random moments at a
pace of their own (gamma over customers); after each purchase they leave with a chance of their own (beta over customers).
In the modified form they may leave after the first purchase too. Time is in days; ``x`` counts purchases after the first,
``t_x`` lies between the first and the last, ``age`` between the first and today.

Fitting works on distinct (x, t_x, age) with their counts and an analytic gradient; predictions integrate over the chance of
leaving by Gauss quadrature, which has no singular parameters and does not overflow where hypergeometric series do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NODES = 32
# From twice so many customers on, a sample of them shows the way.
_SAMPLE = 10_000
_BOUND = 11.0
# Below this share of customers who leave after a purchase nobody seems to leave at all, and being alive says nothing.
LEAST_LEAVING = 0.005


@dataclass(frozen=True, slots=True)
class Fit:
    """The parameters found, and how well they explain what was seen."""

    r: float
    alpha: float
    a: float
    b: float
    is_modified: bool
    log_likelihood: float
    customers: int
    converged: bool

    @property
    def is_degenerate(self) -> bool:
        """Whether the fit must not be used: it did not settle, ran against its bounds, or nobody seems to leave."""
        values = np.log([self.r, self.alpha, self.a, self.b])
        is_at_bound = bool(np.any(np.abs(values) > _BOUND - 0.1))
        return not self.converged or is_at_bound or self.a / (self.a + self.b) < LEAST_LEAVING


@dataclass(frozen=True, slots=True)
class Groups:
    """Distinct (x, t_x, age) with how many customers share each; logarithms are taken once per distinct value."""

    counts: Floats
    x: Floats
    t_x: Floats
    age: Floats
    of_x: Ints
    of_t_x: Ints
    of_age: Ints

    @property
    def may_leave(self) -> NDArray[np.bool_]:
        """Whether somebody had a chance to leave under the plain model: only after a purchase beyond the first."""
        return np.asarray(self.x[self.of_x] > 0)


def fit(x: Floats, t_x: Floats, age: Floats, *, modified: bool = False) -> Fit:
    """Return the most likely parameters. Deterministic; ``ValueError`` without customers.

    Many customers are approached over a sample of them, so that few steps remain for all.
    """
    if not len(x):
        raise ValueError("no customers")
    start = np.array([0.0, np.log(max(float(age.mean()), 1e-6)), 0.0, 0.5])
    if len(x) > 2 * _SAMPLE:
        some = np.arange(0, len(x), len(x) // _SAMPLE)
        start = _climb(grouped(x[some], t_x[some], age[some]), start, modified, loose=True).x
    best = _climb(grouped(x, t_x, age), start, modified)
    settled = bool(best.success) or float(np.abs(best.jac).max()) < 1e-4
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    return Fit(r, alpha, a, b, modified, float(-best.fun * len(x)), len(x), settled)


def _climb(groups: Groups, start: Floats, modified: bool, *, loose: bool = False) -> Any:
    total = groups.counts.sum()

    def target(theta: Floats) -> tuple[float, Floats]:
        value, gradient = _likelihood(theta, groups, modified)
        return -value / total, -gradient / total

    precision = {"ftol": 1e-8, "gtol": 1e-5} if loose else {"ftol": 1e-12, "gtol": 1e-7}
    bounds = [(-_BOUND, _BOUND)] * 4
    return minimize(target, start, jac=True, method="L-BFGS-B", bounds=bounds, options={**precision, "maxiter": 500})


def grouped(x: Floats, t_x: Floats, age: Floats) -> Groups:
    """Return customers who show the same as one."""
    distinct = [np.unique(np.asarray(values, dtype=float), return_inverse=True) for values in (x, t_x, age)]
    (x_kinds, of_x), (t_kinds, of_t), (age_kinds, of_age) = distinct
    key = (of_x.astype(np.int64) * len(t_kinds) + of_t) * len(age_kinds) + of_age
    kinds, counts = np.unique(key, return_counts=True)
    rest, of_age = np.divmod(kinds, len(age_kinds))
    of_x, of_t = np.divmod(rest, len(t_kinds))
    return Groups(counts.astype(float), x_kinds, t_kinds, age_kinds, of_x, of_t, of_age)


def log_likelihood(
    theta: Floats, x: Floats, t_x: Floats, age: Floats, counts: Floats, *, modified: bool
) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in the logarithms of r, alpha, a and b."""
    places = np.arange(len(x))
    return _likelihood(theta, Groups(counts, x, t_x, age, places, places, places), modified)


def _likelihood(theta: Floats, groups: Groups, modified: bool) -> tuple[float, Floats]:
    r, alpha, a, b = np.exp(theta)
    x, counts, of_x = groups.x, groups.counts, groups.of_x
    shape, chances, weight = r + x, b + x + (1.0 if modified else 0.0), b + x - (0.0 if modified else 1.0)
    may_leave = np.ones(len(of_x), dtype=bool) if modified else groups.may_leave
    constant = (
        gammaln(shape) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(chances) - gammaln(b) - gammaln(a + chances)
    )  # fmt: skip
    safe = np.where(modified | (x > 0), np.maximum(weight, 1e-300), 1.0)
    log_age, log_t = np.log(alpha + groups.age)[groups.of_age], np.log(alpha + groups.t_x)[groups.of_t_x]
    each = shape[of_x]
    # By how much likelier it is that they left after the last purchase than that they only paused.
    odds = (np.log(a) - np.log(safe))[of_x] + each * (log_age - log_t)
    ratio = np.where(may_leave, np.exp(np.minimum(odds, 700.0)), 0.0)
    left = ratio / (1 + ratio)
    value = float(counts @ (constant[of_x] - each * log_age + np.log1p(ratio)))
    # What depends on x alone is added up by x first.
    by_x = np.bincount(of_x, weights=counts, minlength=len(x))
    left_by_x = np.bincount(of_x, weights=counts * left, minlength=len(x))
    mixed = log_age - left * (log_age - log_t)
    of_r = by_x @ (digamma(shape) - digamma(r) + np.log(alpha)) - counts @ mixed
    slopes = (1 / (alpha + groups.age))[groups.of_age] * (1 - left) + (1 / (alpha + groups.t_x))[groups.of_t_x] * left
    of_alpha = by_x.sum() * r / alpha - counts @ (each * slopes)
    of_a = by_x @ (digamma(a + b) - digamma(a + chances)) + left_by_x.sum() / a
    both = digamma(a + b) + digamma(chances) - digamma(b) - digamma(a + chances)
    of_b = by_x @ both - left_by_x @ (1 / safe)
    return value, np.array([of_r * r, of_alpha * alpha, of_a * a, of_b * b])


def alive(found: Fit, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Return the chance that a customer has not left."""
    weight = found.b + x if found.is_modified else found.b + x - 1
    odds = np.log(found.a) - np.log(np.maximum(weight, 1e-12))
    odds = odds + (found.r + x) * (np.log(found.alpha + age) - np.log(found.alpha + t_x))
    chance = 1 / (1 + np.exp(np.minimum(odds, 700)))
    return np.asarray(chance if found.is_modified else np.where(x > 0, chance, 1.0))


def expected(found: Fit, x: Floats, t_x: Floats, age: Floats, days: float) -> Floats:
    """Return how many purchases to expect in the next ``days``."""
    size = np.int64(np.max(age, initial=0)) + 1
    is_whole = bool(np.all(age == np.floor(age)))
    if is_whole:
        _, first, place = np.unique(
            x.astype(np.int64) * size + age.astype(np.int64), return_index=True, return_inverse=True
        )
    else:
        _, first, place = np.unique(np.stack([x, age]), axis=1, return_index=True, return_inverse=True)
    of_alive = _expected_alive(found, x[first], age[first], days)
    return np.asarray(alive(found, x, t_x, age) * of_alive[place.ravel()])


def expected_from_birth(found: Fit, days: Floats) -> Floats:
    """Return how many purchases after the first to expect of somebody new within so many days."""
    positive = np.maximum(days, 1e-9)
    shape, chances, weights = found.r, *_beta_nodes(found.a, np.array([found.b]))
    total = np.zeros(len(days))
    for node in range(_NODES):
        chance = max(float(chances[0, node]), 1e-14)
        stays = 1 - chance if found.is_modified else 1.0
        total += weights[0, node] * stays * -np.expm1(-shape * np.log1p(chance * positive / found.alpha)) / chance
    return total


def _expected_alive(found: Fit, x: Floats, age: Floats, days: float) -> Floats:
    """Return the purchases to expect of customers who are alive: of whom leaves with p, (1 - (1 + p t / s)^-n) / p."""
    seen, place = np.unique(x, return_inverse=True)
    chances, weights = _beta_nodes(found.a, found.b + seen + (1.0 if found.is_modified else 0.0))
    total = np.zeros(len(x))
    relative = days / (found.alpha + age)
    shape = found.r + x
    for node in range(_NODES):
        chance = np.maximum(chances[place, node], 1e-14)
        total += weights[place, node] * -np.expm1(-shape * np.log1p(chance * relative)) / chance
    return total


def _beta_nodes(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss quadrature under Beta(a, b), one row per ``b`` (Golub and Welsch)."""
    alpha, beta = b - 1.0, a - 1.0
    n = np.arange(_NODES, dtype=float)
    ends = (alpha + beta)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (beta**2 - alpha[:, None] ** 2) / ((2 * n + ends) * (2 * n + ends + 2))
        m = n[1:]
        beside = 4 * m * (m + alpha[:, None]) * (m + beta) * (m + ends)
        beside = beside / ((2 * m + ends) ** 2 * (2 * m + ends + 1) * (2 * m + ends - 1))
    diagonal[:, 0] = (beta - alpha) / (alpha + beta + 2)
    beside[:, 0] = 4 * (1 + alpha) * (1 + beta) / ((2 + alpha + beta) ** 2 * (3 + alpha + beta))
    matrices = np.zeros((len(b), _NODES, _NODES))
    places = np.arange(_NODES)
    matrices[:, places, places] = diagonal
    matrices[:, places[1:], places[:-1]] = matrices[:, places[:-1], places[1:]] = np.sqrt(beside)
    values, vectors = np.linalg.eigh(matrices)
    return (1 + values) / 2, vectors[:, 0, :] ** 2
