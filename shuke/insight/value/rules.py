"""How customers are scored, grouped and staged: the definitions, which a company may edit.

R is the days since the last sale, F the number of sales, M what a customer brought: net revenue less what the goods cost,
as far as that is known, or net revenue alone. A score is 1 plus the number of the 20, 40,
60 and 80 % quantiles that lie strictly below the value, so equal values share a score; recency is reversed, so 5 is
always best. FM = (F + M) / 2, halves rounded up.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PROSPECT = "prospect"
GROUPS = (
    "champions",
    "loyal",
    "potential_loyal",
    "promising",
    "new",
    "needs_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
    "lost",
)
STAGES = ("new", "active", "loyal", "at_risk", "dormant", "lost")
# Value tiers from the best; whoever brought nothing in the period is in none of them.
TIERS = ("top", "high", "medium", "low")
NO_TIER = "none"
SCORES = (1, 2, 3, 4, 5)
QUANTILES = (0.2, 0.4, 0.6, 0.8)

GroupCode = Literal[
    "champions",
    "loyal",
    "potential_loyal",
    "promising",
    "new",
    "needs_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
    "lost",
]
GridRow = tuple[GroupCode, GroupCode, GroupCode, GroupCode, GroupCode]
Grid = tuple[GridRow, GridRow, GridRow, GridRow, GridRow]
Three = tuple[int, int, int]
Four = tuple[int, int, int, int]
Percent = Annotated[float, Field(gt=0, lt=100)]
TierName = Annotated[str, Field(max_length=40)]
Multiplier = Annotated[float, Field(gt=0, le=100)]

# Rows from R = 5 down to R = 1, columns from FM = 1 to FM = 5.
USUAL_GRID: Grid = (
    ("new", "promising", "potential_loyal", "loyal", "champions"),
    ("promising", "promising", "potential_loyal", "loyal", "champions"),
    ("about_to_sleep", "needs_attention", "needs_attention", "loyal", "loyal"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"),
    ("lost", "lost", "hibernating", "at_risk", "cant_lose"),
)


class ValueSettings(BaseModel):
    """What a company may decide about its scores, groups and stages."""

    model_config = ConfigDict(frozen=True)

    bins: Literal["quintiles", "limits"] = "quintiles"
    # What M and the tiers rest on; where no cost is known both are the same.
    worth: Literal["contribution", "net"] = "contribution"
    # With fixed limits: bought within so many days scores 5, 4, 3, 2; reaching so many orders or so much net revenue
    # (minor units) scores 2, 3, 4, 5.
    recency_limits: Four = (30, 60, 120, 240)
    frequency_limits: Four = (2, 3, 5, 10)
    monetary_limits: Four = (10_000, 25_000, 50_000, 100_000)
    grid: Grid = USUAL_GRID
    new_days: Annotated[int, Field(ge=0, le=3650)] = 30
    loyal_orders: Annotated[int, Field(ge=1, le=1000)] = 3
    active_gaps: Multiplier = 1.5
    at_risk_gaps: Multiplier = 3.0
    dormant_gaps: Multiplier = 6.0
    # The usual gap between two purchases; None takes the median of the company's own customers.
    gap_days: Annotated[float, Field(gt=0, le=3650)] | None = None
    # Value tiers rest on what customers brought, net, in so many days: either the best so many per cent of those who
    # brought anything (rising: the best 5, the best 20, the best 50), or those who reach an amount (minor units, falling).
    tier_days: Annotated[int, Field(ge=1, le=3650)] = 365
    tier_bins: Literal["shares", "limits"] = "shares"
    tier_shares: tuple[Percent, Percent, Percent] = (5, 20, 50)
    tier_limits: Three = (500_000, 200_000, 50_000)
    # What the company calls them; "" takes the usual name.
    tier_names: tuple[TierName, TierName, TierName, TierName] = ("", "", "", "")

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        for name in ("recency_limits", "frequency_limits", "monetary_limits"):
            limits = getattr(self, name)
            if list(limits) != sorted(set(limits)):
                raise ValueError(f"{name}: each limit must be greater than the one before")
        if not self.active_gaps < self.at_risk_gaps < self.dormant_gaps:
            raise ValueError("stages: each limit must be greater than the one before")
        if list(self.tier_shares) != sorted(set(self.tier_shares)):
            raise ValueError("tier_shares: each share must be greater than the one before")
        if list(self.tier_limits) != sorted(set(self.tier_limits), reverse=True) or self.tier_limits[-1] <= 0:
            raise ValueError("tier_limits: each limit must be less than the one before")
        return self

    def group_at(self, r: int, fm: int) -> str:
        """Return the group of a cell.

        >>> ValueSettings().group_at(5, 5), ValueSettings().group_at(1, 1)
        ('champions', 'lost')
        """
        return self.grid[5 - r][fm - 1]

    def cells(self) -> Mapping[tuple[int, int], str]:
        """Return the group of every (R, FM)."""
        return {(r, fm): self.group_at(r, fm) for r in SCORES for fm in SCORES}

    def cells_of(self, group: str) -> list[tuple[int, int]]:
        """Return the cells that make up a group."""
        return [cell for cell, code in self.cells().items() if code == group]


# With no customer who bought on two days there is no gap to take a median of.
GAP_WITHOUT_REPEATS_DAYS = 60.0


def combined(f: int, m: int) -> int:
    """Return FM, the mean of F and M with halves rounded up.

    >>> combined(4, 5), combined(1, 2), combined(3, 3)
    (5, 2, 3)
    """
    return (f + m + 1) // 2


def nice_edges(low: int, high: int, most: int = 10) -> list[int]:
    """Return round numbers from about ``low`` to about ``high`` for the bars of a distribution, at most ``most``.

    >>> nice_edges(700, 30_000)
    [500, 1000, 2000, 5000, 10000, 20000]
    """
    steps = [factor * 10**power for power in range(15) for factor in (1, 2, 5)]
    first = max((index for index, step in enumerate(steps) if step <= max(low, 1)), default=0)
    last = max((index for index, step in enumerate(steps) if step <= max(high, 1)), default=0)
    return steps[max(first, last - most + 1) : last + 1]
