"""What holds for the work of people, decided without asking any database."""

from typing import Annotated

from pydantic import BaseModel, Field

REASONS = FOLLOW_UP, CHURN, REFUNDS, WELCOME, OVERDUE, TIER_FELL, BIRTHDAY = (
    "follow_up", "churn", "refunds", "welcome", "overdue", "tier_fell", "birthday",
)  # fmt: skip
# Calls that want to sell something: a no to marketing calls keeps them away. The others serve somebody who has just bought.
SELLING = frozenset({CHURN, OVERDUE, TIER_FELL, BIRTHDAY})
TIERS = ("top", "high", "medium", "low", "none")

# Overdue: so many orders, a rhythm of at least so many days, and so many times that rhythm has passed, but not more.
LEAST_ORDERS, LEAST_RHYTHM_DAYS, OVERDUE_FROM, OVERDUE_UNTIL, LATEST_DAYS = 3, 7.0, 1.3, 3.0, 365
# Welcome: a first order of the last days that is so many times the average order.
WELCOME_DAYS, WELCOME_TIMES = 3, 1.5
# Refunds: the last one within days, and together so much of an average order, or so many within more days.
REFUND_DAYS, REFUND_SHARE, REFUNDS_WITHIN_DAYS, MANY_REFUNDS = 14, 0.5, 60, 2
# A fall of the value tier is worth a call for so long, from one of these tiers.
FELL_DAYS, FELL_FROM = 7, ("top", "high")

# How far below the line somebody must come before the warning ends, so that nobody comes and goes every day.
HYSTERESIS = 0.05
EARNED_DAYS = 30


class TeamSettings(BaseModel):
    """What the company decides about warnings and the daily list."""

    risk_line: Annotated[float, Field(ge=0.1, le=0.99)] = 0.7
    alerts: bool = True
    alert_tiers: list[str] = ["top", "high"]
    # Of these, whoever crosses later in the day is told at once as well, a few times a day.
    at_once_tiers: list[str] = ["top"]
    alert_min_minor: Annotated[int, Field(ge=0)] = 0
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    rest_days: Annotated[int, Field(ge=1, le=365)] = 30
    holdout: Annotated[float, Field(ge=0.0, le=0.5)] = 0.2
    reasons: list[str] = list(REASONS)


def usual_capacity(role: str, *, has_agents: bool) -> int:
    """Return how many calls a day somebody makes until it is said: agents do, and the owner where there are none.

    >>> usual_capacity("agent", has_agents=True), usual_capacity("owner", has_agents=True), usual_capacity("owner", has_agents=False)
    (20, 0, 10)
    """
    if role == "agent":
        return 20
    return 10 if role == "owner" and not has_agents else 0


def is_over(risk: float, line: float, *, was_over: bool) -> bool:
    """Whether somebody counts as about to leave.

    >>> is_over(0.7, 0.7, was_over=False), is_over(0.67, 0.7, was_over=False), is_over(0.67, 0.7, was_over=True)
    (True, False, True)
    """
    return risk >= line - (HYSTERESIS if was_over else 0)


def is_worse(tier: str, than: str) -> bool:
    """Whether a tier is worth less than another.

    >>> is_worse("medium", "top"), is_worse("top", "top")
    (True, False)
    """
    return TIERS.index(tier) > TIERS.index(than)
