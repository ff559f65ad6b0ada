"""What a purchase of a customer is worth on average: the gamma-gamma model of Fader and Hardie (2013)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

Floats = NDArray[np.float64]
_BOUND = 14.0


@dataclass(frozen=True, slots=True)
class Fit:
    """The parameters found: purchases vary by ``p`` round a mean of the customer's own, which varies by ``q`` and ``v``."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    converged: bool

    @property
    def is_degenerate(self) -> bool:
        """Whether the fit must not be used: without ``q`` above one customers have no common mean."""
        values = np.log([self.p, self.q, self.v])
        return not self.converged or self.q <= 1.02 or bool(np.any(np.abs(values) > _BOUND - 0.1))


def fit(purchases: Floats, mean: Floats) -> Fit:
    """Return the most likely parameters. All means must be positive; ``ValueError`` otherwise or without customers."""
    if not len(mean) or np.any(mean <= 0) or np.any(purchases <= 0):
        raise ValueError("needs customers with positive means")
    # Amounts are measured in the median, so that no currency runs into the bounds.
    scale = float(np.median(mean))
    relative = mean / scale
    total = len(mean)

    def target(theta: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(theta, purchases, relative)
        return -value / total, -gradient / total

    found = minimize(
        target, np.log([2.0, 2.0, 2.0]), jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 3,
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
    )  # fmt: skip
    p, q, v = (float(value) for value in np.exp(found.x))
    settled = bool(found.success) or float(np.abs(found.jac).max()) < 1e-4
    likelihood = float(-found.fun * total - total * np.log(scale))
    return Fit(p, q, v * scale, likelihood, total, settled)


def log_likelihood(theta: Floats, purchases: Floats, mean: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in the logarithms of p, q and v."""
    p, q, v = np.exp(theta)
    shape, total = p * purchases, purchases * mean
    value = (
        gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
        + (shape - 1) * np.log(mean) + shape * np.log(purchases) - (shape + q) * np.log(total + v)
    )  # fmt: skip
    of_p = purchases * (digamma(shape + q) - digamma(shape) + np.log(total) - np.log(total + v))
    of_q = digamma(shape + q) - digamma(q) + np.log(v) - np.log(total + v)
    of_v = q / v - (shape + q) / (total + v)
    return float(value.sum()), np.array([of_p.sum() * p, of_q.sum() * q, of_v.sum() * v])


def expected(found: Fit, purchases: Floats, mean: Floats) -> Floats:
    """Return the mean purchase to expect: the customer's own mean, drawn towards everybody's the fewer there are."""
    purchases = np.where(mean > 0, purchases, 0.0)
    return np.asarray(found.p * (found.v + np.maximum(mean, 0) * purchases) / (found.p * purchases + found.q - 1))
