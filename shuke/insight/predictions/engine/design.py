"""What a classifier looks at: log-RFM and behaviour of a snapshot, in columns that belong to themes people understand.

Columns of one theme move together, so a single coefficient says little; what a theme adds up to can be said in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Snapshot = Mapping[str, Floats]

RECENCY, RHYTHM, FREQUENCY, VALUE, BREADTH, REFUNDS, DISCOUNTS, VISITS, TENURE = THEMES = (
    "recency", "rhythm", "frequency", "value", "breadth", "refunds", "discounts", "visits", "tenure",
)  # fmt: skip
# With how many observed gaps of their own a customer's rhythm weighs as much as everybody's.
_GAPS_OF_THE_CROWD = 3.0
_HINGES = (14, 45, 120)
# The columns of the plain variant: recency, frequency and money alone.
PLAIN = frozenset({"recency", "log_days", "log_gross", "log_age"})


@dataclass(frozen=True, slots=True)
class Scale:
    """How columns are brought to one measure: what was subtracted and divided by in training."""

    names: tuple[str, ...]
    mean: Floats
    spread: Floats

    def of(self, columns: Mapping[str, tuple[str, Floats]]) -> Floats:
        """Return the columns as a matrix in this measure; far outliers are pulled in."""
        found = np.column_stack([columns[name][1] for name in self.names])
        return np.clip((found - self.mean) / self.spread, -6.0, 6.0)


def scale_of(columns: Mapping[str, tuple[str, Floats]], names: Sequence[str] | None = None) -> Scale:
    """Measure columns; those that do not vary are left out."""
    kept = [name for name in (names or columns) if columns[name][1].std() > 1e-9]
    matrix = np.column_stack([columns[name][1] for name in kept]) if kept else np.zeros((0, 0))
    return Scale(tuple(kept), matrix.mean(axis=0), matrix.std(axis=0))


def usual_gap(found: Snapshot) -> float:
    """Return the mean days between two purchase days over everybody; a month without any."""
    gaps = float(found["x"].sum())
    return float(found["t_x"].sum()) / gaps if gaps else 30.0


def own_gap(found: Snapshot, crowd: float) -> Floats:
    """Return the days between purchases to expect of each, drawn towards everybody's the fewer there are."""
    return np.asarray((found["t_x"] + _GAPS_OF_THE_CROWD * crowd) / (found["x"] + _GAPS_OF_THE_CROWD))


def columns(found: Snapshot, crowd: float) -> dict[str, tuple[str, Floats]]:
    """Return every column with its theme; ``crowd`` is everybody's usual gap."""
    log = np.log1p
    days = found["x"] + 1
    recency = found["recency"]
    own = own_gap(found, crowd)
    has_gap = (found["x"] > 0).astype(float)
    last_gap = np.where(np.isnan(found["last_gap"]), own, found["last_gap"])
    irregular = np.where(np.isnan(found["gap_sd"]), 0.0, found["gap_sd"]) / np.maximum(own, 1.0)
    gross = np.maximum(found["gross_minor"], 0.0)
    seen = (~np.isnan(found["visit_age"])).astype(float)
    visit_age = np.where(np.isnan(found["visit_age"]), 365.0, np.minimum(found["visit_age"], 365.0))
    refunds = np.clip(found["refunds_minor"] / np.maximum(gross, 1.0), 0.0, 1.0)
    discount = found["discount_minor"] / np.maximum(gross + found["discount_minor"], 1.0)
    made: dict[str, tuple[str, Floats]] = {
        "recency": (RECENCY, log(recency)),
        **{f"recency_{at}": (RECENCY, np.maximum(log(recency) - np.log1p(at), 0.0)) for at in _HINGES},
        "late": (RECENCY, np.log((recency + 1) / (own + 1))),
        "very_late": (RECENCY, np.maximum(np.log((recency + 1) / (own + 1)), 0.0)),
        "own_gap": (RHYTHM, log(own)),
        "last_gap": (RHYTHM, log(last_gap)),
        "irregular": (RHYTHM, irregular),
        "log_days": (FREQUENCY, log(days)),
        "is_repeat": (FREQUENCY, has_gap),
        "orders_30": (FREQUENCY, log(found["orders_30"])),
        "orders_90": (FREQUENCY, log(found["orders_90"])),
        "orders_180": (FREQUENCY, log(found["orders_180"])),
        "pace": (FREQUENCY, days / (found["age"] + 30.0)),
        "log_gross": (VALUE, log(gross)),
        "log_average": (VALUE, log(gross / days)),
        "log_recent": (VALUE, log(np.maximum(found["gross_90"], 0.0))),
        "products": (BREADTH, log(found["products"])),
        "lines": (BREADTH, log(found["lines"] / np.maximum(found["orders"], 1.0))),
        "refund_share": (REFUNDS, refunds),
        "has_refund": (REFUNDS, (found["refunds"] > 0).astype(float)),
        "discount_share": (DISCOUNTS, discount),
        "visits_30": (VISITS, log(found["visits_30"])),
        "visits_90": (VISITS, log(found["visits_90"])),
        "visit_age": (VISITS, log(visit_age)),
        "has_visit": (VISITS, seen),
        "log_age": (TENURE, log(found["age"])),
    }
    return made
