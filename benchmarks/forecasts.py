"""Forecasts: time per series, and error beside the rules that anybody could use.

    python -m benchmarks.forecasts [--series 1000] [--days 730] [--ahead 28]

Made-up daily series with weekday, trend and noise: the dynamic optimised Theta alone, all methods together as a run uses them, one series
alone, and a whole run with its back-tests. Beside them `statsforecast` (DynamicOptimizedTheta) or `statsmodels` (ThetaModel), where one is installed.
Where `../shared/data/walmart_weekly` is there: 13 weeks of 45 stores. Processor time, one thread.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import judging, methods, running, theta
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.rules import SeriesKey, Step

SEED = 20_261_128
WALMART = Path(__file__).resolve().parents[2] / "shared" / "data" / "walmart_weekly"
WEEK = np.array([1.0, 0.9, 0.9, 1.0, 1.1, 1.4, 1.3])


def series(count: int, days: int) -> Any:
    """Return daily counts with a weekday pattern, a trend and a level of their own."""
    rng = np.random.default_rng(SEED)
    level = rng.gamma(3, 20, (count, 1)) * (1 + rng.normal(0, 0.3, (count, 1)) * np.linspace(0, 1, days)[None])
    return rng.poisson(np.maximum(level, 1) * np.tile(WEEK, days // 7 + 1)[:days]).astype(float)


def measured(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what ``work`` returns, with processor seconds."""
    cpu = time.process_time()
    found = work()
    return found, time.process_time() - cpu


def panel(values: Any, period: int, ahead: int) -> methods.Panel:
    """Return series without events."""
    cells = np.full(values.shape[1] + ahead, -1)
    return methods.Panel(values, np.zeros(len(values), int), period, cells, np.zeros(0, int), np.zeros(len(values)))


def ours(values: Any, ahead: int) -> dict[str, float]:
    """Time our own engine, in milliseconds a series."""
    starts = np.zeros(len(values), int)
    theta.dynamic(values[:2], starts[:2], ahead)
    _, alone = measured(lambda: [theta.dynamic(values[n : n + 1], starts[:1], ahead) for n in range(50)])
    _, together = measured(lambda: theta.dynamic(values, starts, ahead))
    _, every = measured(lambda: methods.forecasts(panel(values, 7, ahead), ahead))
    some = values[:100]
    history = History(Step.DAY, date(2023, 1, 2), some.shape[1])
    history.series = {SeriesKey(rules.ORDERS, rules.CATEGORY, str(n)): row for n, row in enumerate(some)}
    _, run = measured(lambda: running.run(history, lambda *_: []))
    return {
        "theta_one_alone_ms": alone / 50 * 1e3, "theta_together_ms": together / len(values) * 1e3,
        "ten_methods_ms": every / len(values) * 1e3, "run_with_back_tests_ms": run / len(some) * 1e3,
    }  # fmt: skip


def theirs(values: Any, ahead: int) -> dict[str, float]:
    """Time a library, in milliseconds a series; empty where none is installed."""
    try:
        from statsforecast.models import DynamicOptimizedTheta

        DynamicOptimizedTheta(season_length=1).forecast(values[0], ahead)
        _, cpu = measured(lambda: [DynamicOptimizedTheta(season_length=1).forecast(one, ahead) for one in values[:20]])
        return {"statsforecast_ms": cpu / 20 * 1e3}
    except ImportError:
        pass
    try:
        from statsmodels.tsa.forecasting.theta import ThetaModel
    except ImportError:
        return {}
    _, cpu = measured(lambda: [ThetaModel(one, period=7).fit().forecast(ahead) for one in values[:20]])
    return {"statsmodels_ms": cpu / 20 * 1e3}


def walmart(ahead: int = 13) -> dict[str, float]:
    """Return the error (WAPE) of the last 13 weeks, each method and the one chosen on earlier weeks."""
    if not WALMART.exists():
        return {}
    stores: dict[str, list[float]] = {}
    with next(WALMART.glob("*.csv")).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            stores.setdefault(row["Store"], []).append(float(row["Weekly_Sales"]))
    values = np.array(list(stores.values()))
    last = values.shape[1] - ahead
    trials = judging.rolled(panel(values, 52, ahead), range(105, last + 1), ahead, 100)
    true = trials.true[-1]
    found = {
        name: float(np.abs(trials.made[-1, place] - true).sum() / true.sum())
        for place, name in enumerate(methods.METHODS)
    }
    pick = judging.chosen(trials, trials.before(last, ahead))
    return {**found, "chosen": float(np.abs(judging.of_chosen(trials.made[-1], pick) - true).sum() / true.sum())}


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser()
    for name, usual in (("series", 1000), ("days", 730), ("ahead", 28)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    with threadpool_limits(limits=1):
        values = series(asked.series, asked.days)
        print(
            json.dumps(
                {**ours(values, asked.ahead), **theirs(values, asked.ahead), "walmart_wape": walmart()}, indent=2
            )
        )


if __name__ == "__main__":
    main()
