"""Customers whose value is known, and the definition spelled out a second time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from shuke.insight.value.rules import QUANTILES, ValueSettings

Sale = tuple[int, date, int]


def quantile(values: Sequence[int], share: Fraction) -> Fraction:
    """Return a quantile by linear interpolation, in exact arithmetic."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def median_gap(sales: Iterable[Sale]) -> float | None:
    """Return the median days between consecutive purchase days of a customer."""
    days: dict[int, set[date]] = defaultdict(set)
    for customer, day, _amount in sales:
        days[customer].add(day)
    gaps = [(later - earlier).days for own in days.values() for earlier, later in pairwise(sorted(own))]
    return float(quantile(gaps, Fraction(1, 2))) if gaps else None


def scores_by_hand(sales: Iterable[Sale], refunds: Iterable[Sale], as_of: date) -> Mapping[int, dict[str, Any]]:
    """Return the scores of every buyer, straight from the definition, without any engine."""
    known = [sale for sale in sales if sale[1] <= as_of]
    values: dict[int, dict[str, Any]] = defaultdict(lambda: {"orders": 0, "gross": 0, "refunds": 0, "last": date.min})
    for customer, day, amount in known:
        person = values[customer]
        person["orders"] += 1
        person["gross"] += amount
        person["last"] = max(person["last"], day)
    for customer, day, amount in refunds:
        if day <= as_of and customer in values:
            values[customer]["refunds"] += amount
    for person in values.values():
        person["r_value"] = (as_of - person["last"]).days
        person["f_value"] = person["orders"]
        person["m_value"] = person["gross"] - person["refunds"]
    for letter in "rfm":
        everyone = [person[f"{letter}_value"] for person in values.values()]
        limits = [quantile(everyone, Fraction(share).limit_denominator(10)) for share in QUANTILES] if everyone else []
        for person in values.values():
            score = 1 + sum(limit < person[f"{letter}_value"] for limit in limits)
            person[letter] = 6 - score if letter == "r" else score
    for person in values.values():
        person["fm"] = int(Fraction(person["f"] + person["m"], 2) + Fraction(1, 2))
        person["group"] = ValueSettings().group_at(person["r"], person["fm"])
    return values
