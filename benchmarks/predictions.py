"""Purchases of a million customers: our fit and scores against `lifetimes`, on the same rows, in the same run.

    python -m benchmarks.predictions [--customers 1000000] [--alone]

Both get the same counts, days and ages. Processor time is compared, with one thread for each: wall time says more about
what else the machine did. `--alone` leaves the library out.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from shuke.insight.predictions.engine import bgnbd

HORIZON_DAYS = 365.0
SEED = 20_261_128
R, ALPHA, A, B = 0.55, 60.0, 0.8, 2.6


def customers(count: int) -> tuple[Any, Any, Any]:
    """Return purchases after the first, the day of the last, and the age of customers who behave by known parameters."""
    rng = np.random.default_rng(SEED)
    age = rng.integers(30, 1_095, count).astype(float)
    pace, leaves = rng.gamma(R, size=count) / ALPHA, rng.beta(A, B, size=count)
    x, t_x, now = np.zeros(count), np.zeros(count), np.zeros(count)
    active = np.ones(count, dtype=bool)
    while active.any():
        places = np.flatnonzero(active)
        now[places] += rng.exponential(1 / np.maximum(pace[places], 1e-12))
        bought = places[now[places] < age[places]]
        x[bought] += 1
        t_x[bought] = np.ceil(now[bought])
        active[:] = False
        active[bought[rng.random(len(bought)) > leaves[bought]]] = True
    return x, np.minimum(t_x, age), age


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what ``work`` returns, with processor and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, time.process_time() - cpu, time.perf_counter() - wall


def ours(x: Any, t_x: Any, age: Any) -> dict[str, Any]:
    """Fit and score with our own engine."""
    fit, fit_cpu, fit_wall = measured(lambda: bgnbd.fit(x, t_x, age))
    scores, score_cpu, score_wall = measured(
        lambda: (bgnbd.expected(fit, x, t_x, age, HORIZON_DAYS), bgnbd.alive(fit, x, t_x, age))
    )
    return {
        "parameters": [fit.r, fit.alpha, fit.a, fit.b], "fit_cpu": fit_cpu, "fit_wall": fit_wall, "score_cpu": score_cpu,
        "score_wall": score_wall, "expected": float(scores[0].sum()),
    }  # fmt: skip


def theirs(x: Any, t_x: Any, age: Any) -> dict[str, Any]:
    """Fit and score with the library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter

        fitter, fit_cpu, fit_wall = measured(lambda: BetaGeoFitter().fit(x, t_x, age))
        scores, score_cpu, score_wall = measured(
            lambda: (
                fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON_DAYS, x, t_x, age),
                fitter.conditional_probability_alive(x, t_x, age),
            )
        )
    return {
        "parameters": [float(fitter.params_[name]) for name in ("r", "alpha", "a", "b")], "fit_cpu": fit_cpu,
        "fit_wall": fit_wall, "score_cpu": score_cpu, "score_wall": score_wall, "expected": float(np.nansum(scores[0])),
    }  # fmt: skip


def main() -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args()
    with threadpool_limits(limits=1):
        rows = customers(given.customers)
        found: dict[str, Any] = {"customers": given.customers, "ours": ours(*rows)}
        if not given.alone:
            found["lifetimes"] = theirs(*rows)
            total = {who: found[who]["fit_cpu"] + found[who]["score_cpu"] for who in ("ours", "lifetimes")}
            found["ratio_cpu"] = total["lifetimes"] / total["ours"]
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
