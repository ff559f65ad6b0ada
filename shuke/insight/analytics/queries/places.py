"""Where sales went."""

from dataclasses import dataclass

from shuke.insight.analytics.engine import places as expressions
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Scope


@dataclass(frozen=True, slots=True)
class CountryFigures:
    """Sales to one country as the orders write it; "" are orders that name none."""

    country: str
    orders: int
    buyers: int
    gross_minor: int
    refunds_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class CityFigures:
    """Sales to one city."""

    country: str
    region: str
    city: str
    orders: int
    buyers: int
    gross_minor: int


def countries(scope: Scope) -> list[CountryFigures]:
    """Return sales by country, best first."""
    return [CountryFigures(**row) for row in ask(expressions.countries, scope)]


def sold_to(limit: int) -> list[str]:
    """Return the countries that orders name, as they write them, those with most orders first."""
    return [row["country"] for row in ask(expressions.sold_to, limit)]


def cities(scope: Scope, *, limit: int = 30) -> list[CityFigures]:
    """Return the leading cities."""
    return [CityFigures(**row) for row in ask(expressions.cities, scope, limit=limit)]
