"""What a peak will take: tickets, hours, shifts, messages and money, from what is expected and rates that people can change."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Rates(BaseModel):
    """What one order, ticket, shift and message comes to. Amounts are minor units of the company's currency."""

    model_config = ConfigDict(extra="ignore")

    tickets_per_100: float = Field(default=8.0, ge=0, le=1_000)
    minutes_per_ticket: float = Field(default=6.0, ge=0, le=480)
    shift_hours: float = Field(default=8.0, gt=0, le=24)
    # The share of a shift in which somebody is busy with tickets.
    busy_percent: float = Field(default=75.0, gt=0, le=100)
    hour_cost_minor: int = Field(default=0, ge=0)
    reduced_percent: float = Field(default=0.0, ge=0, le=100)
    discount_minor: int = Field(default=0, ge=0)
    recipients: int = Field(default=0, ge=0)
    messages_each: float = Field(default=1.0, ge=0, le=100)
    per_1000_minor: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Need:
    """What some orders take."""

    tickets: int
    hours: float
    staff: int
    staff_cost_minor: int
    reduced_orders: int
    coupon_cost_minor: int


def need(orders: float, rates: Rates) -> Need:
    """Return what a day with so many orders takes; people come in whole shifts.

    >>> rates = Rates(tickets_per_100=10, minutes_per_ticket=6, shift_hours=8, busy_percent=75, hour_cost_minor=3000)
    >>> need(1000, rates)
    Need(tickets=100, hours=10.0, staff=2, staff_cost_minor=48000, reduced_orders=0, coupon_cost_minor=0)
    """
    tickets = orders * rates.tickets_per_100 / 100
    hours = tickets * rates.minutes_per_ticket / 60
    staff = ceil(round(hours / (rates.shift_hours * rates.busy_percent / 100), 6))
    reduced = orders * rates.reduced_percent / 100
    return Need(
        ceil(round(tickets, 6)), round(hours, 1), staff, round(staff * rates.shift_hours * rates.hour_cost_minor),
        round(reduced), round(reduced * rates.discount_minor),
    )  # fmt: skip


def messages(rates: Rates) -> tuple[int, int]:
    """Return how many messages will go out over the event, and what they cost."""
    count = round(rates.recipients * rates.messages_each)
    return count, round(count * rates.per_1000_minor / 1000)


def summed(needs: list[Need]) -> Need:
    """Return what all days take together; ``staff`` counts shifts."""
    total: dict[str, Any] = {name: sum(getattr(one, name) for one in needs) for name in Need.__slots__}
    total["hours"] = round(total["hours"], 1)
    return Need(**total)
