"""How much places buy on holidays, against what they buy on other days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import places as expressions
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Period, Scope
from shuke.kernel.calendars import Occasion, days_off, occasions
from shuke.kernel.places import territory_of

__all__ = ["Feast", "Place", "feasts", "of_places"]

# Weeks before and after a holiday whose days are compared with, without other holidays' days.
WEEKS_AROUND = 4
# With fewer ordinary days, or fewer orders to be expected in the window by them, nothing is said.
LEAST_DAYS, LEAST_EXPECTED = 10, 3
MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class Feast:
    """One holiday in one place: what was sold in its window, and what the same weekdays around it would have sold.

    ``expected_minor`` is None where too little is known of ordinary days.
    """

    place: str
    occasion: Occasion
    orders: int
    buyers: int
    gross_minor: int
    expected_minor: int | None
    usual_order_minor: int | None

    @property
    def index(self) -> float | None:
        """Return sales against what ordinary days sell: 1 is no difference."""
        return rules.ratio(self.gross_minor, self.expected_minor)

    @property
    def order_minor(self) -> int | None:
        """Return the average order in the window."""
        return round(self.gross_minor / self.orders) if self.orders else None


@dataclass(frozen=True, slots=True)
class Place:
    """One place as orders write it, its orders and its holidays, oldest first."""

    name: str
    orders: int
    feasts: tuple[Feast, ...]


@dataclass(slots=True)
class _Day:
    orders: int = 0
    buyers: int = 0
    gross_minor: int = 0


def of_places(scope: Scope, *, by_region: bool, home: str, data: Period) -> list[Place]:
    """Return the places that ordered most in a scope, each with the holidays of its country that fall into it.

    Regions take the calendar of the scope's country, or of ``home`` (ISO 3166) where it names none.
    """
    around = timedelta(weeks=WEEKS_AROUND + 2)
    wide = Period(
        max(scope.period.starts_on - around, data.starts_on), min(scope.period.ends_on + around, data.ends_on)
    )
    known: dict[str, dict[date, _Day]] = defaultdict(dict)
    if wide.days > 0:
        for row in ask(expressions.days, scope.during(wide), by_region=by_region):
            known[row["place"]][row["placed_on"]] = _Day(row["orders"], row["buyers"], row["gross_minor"])
    counts = {name: sum(day.orders for at, day in days.items() if at in scope.period) for name, days in known.items()}
    leading = sorted((name for name in known if counts[name]), key=lambda name: (-counts[name], name))[:MOST_PLACES]
    land = territory_of(scope.country) or home
    return [
        Place(name, counts[name], tuple(feasts(name, known[name], land if by_region else territory_of(name), scope.period, wide)))
        for name in leading
    ]  # fmt: skip


def feasts(name: str, days: dict[date, _Day], country: str, period: Period, data: Period) -> Iterable[Feast]:
    """Yield the holidays of a country whose day lies in a period, with what was sold."""
    near = occasions(country, data.starts_on, data.last_day)
    special = {day for one in near for day in _window(one)} | (
        days_off(country, data.starts_on, data.last_day) - _weekends(data)
    )
    for one in near:
        if one.day in period and one.first in data and one.last in data:
            yield _feast(name, one, days, special, data)


def _feast(name: str, one: Occasion, days: dict[date, _Day], special: set[date], data: Period) -> Feast:
    inside = [days.get(day, _Day()) for day in _window(one)]
    around = timedelta(weeks=WEEKS_AROUND)
    begins, ends = max(one.first - around, data.starts_on), min(one.last + around, data.last_day)
    ordinary = [day for day in _range(begins, ends) if day not in special]
    orders = sum(days[day].orders for day in ordinary if day in days)
    gross = sum(days[day].gross_minor for day in ordinary if day in days)
    is_enough = len(ordinary) >= LEAST_DAYS and orders * len(inside) >= LEAST_EXPECTED * len(ordinary)
    return Feast(
        name, one, sum(day.orders for day in inside), sum(day.buyers for day in inside),
        sum(day.gross_minor for day in inside),
        _expected(one, days, ordinary) if is_enough else None, round(gross / orders) if is_enough else None,
    )  # fmt: skip


def _expected(one: Occasion, days: dict[date, _Day], ordinary: list[date]) -> int:
    """What the window's weekdays sell on ordinary days; a weekday without one counts as the average day."""
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day in ordinary:
        by_weekday[day.weekday()].append(days[day].gross_minor if day in days else 0)
    every = [gross for found in by_weekday.values() for gross in found]
    usual = sum(every) / len(every)
    means = {weekday: sum(found) / len(found) for weekday, found in by_weekday.items()}
    return round(sum(means.get(day.weekday(), usual) for day in _window(one)))


def _window(one: Occasion) -> Iterable[date]:
    return _range(one.first, one.last)


def _range(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _weekends(period: Period) -> set[date]:
    return {day for day in _range(period.starts_on, period.last_day) if day.weekday() >= 5}
