"""Which days belong to events: holidays, festivals and sales of the countries a company sells to, and its own promotions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shuke.insight.forecasts.models import Promotion
from shuke.insight.forecasts.rules import Window
from shuke.kernel import calendars
from shuke.kernel.calendars import Kind, Occasion

# Own promotions are known best, sales move more than holidays, holidays more than festivals.
PROMOTION_RANK = 9
_RANKS = {Kind.SHOPPING: 3, Kind.PUBLIC: 2, Kind.FESTIVAL: 1}
# The days that belong to a sale beside those in its name: shops begin before Friday, and it is quiet after a peak.
_BEFORE = {"black_friday": 4}
_AFTER = {"double_11": 3, "shopping_618": 3, "double_12": 1}
OWN = "promotion:"


@dataclass(frozen=True, slots=True)
class Event:
    """An event with all its occurrences, and what it is called."""

    key: str
    names: tuple[str, str]
    windows: tuple[Window, ...]
    is_shopping: bool = False

    def name(self, language: str) -> str:
        """Return what a reader of ``language`` calls it."""
        return self.names[1 if language.lower().startswith("zh") else 0]


def events(countries: Sequence[str], first: date, last: date) -> dict[str, Event]:
    """Return the events of some countries between two days, by key; the same days under one name are one event."""
    found: dict[str, dict[str, list[Occasion]]] = {}
    for country in countries or ("",):
        for one in calendars.occasions(country, first, last):
            found.setdefault(one.code, {}).setdefault(country, []).append(one)
    made: dict[str, Event] = {}
    for code, by_country in found.items():
        seen: list[set[tuple[date, date]]] = []
        for country, some in by_country.items():
            days = {(one.first, one.last) for one in some}
            if days not in seen:
                seen.append(days)
                key = code if len(seen) == 1 else f"{code}@{country}"
                made[key] = _event(key, code, some)
    return made


def _event(key: str, code: str, some: Iterable[Occasion]) -> Event:
    occasions = sorted(some)
    windows = tuple(
        Window(
            key, one.first - timedelta(days=_BEFORE.get(code, 0)), one.day, one.last + timedelta(days=_AFTER.get(code, 0)),
            _RANKS[one.kind],
        )
        for one in occasions
    )  # fmt: skip
    return Event(
        key, (occasions[0].name_en, occasions[0].name_zh), windows, is_shopping=occasions[0].kind is Kind.SHOPPING
    )  # fmt: skip


def promotions(rows: Iterable[Promotion]) -> dict[str, Event]:
    """Return own promotions as events: the same name is the same event, whatever its case."""
    found: dict[str, list[Promotion]] = {}
    for row in rows:
        found.setdefault(promotion_key(row.name), []).append(row)
    return {
        key: Event(
            key, (some[-1].name, some[-1].name),
            tuple(
                Window(key, one.first_on, one.first_on, one.last_on, PROMOTION_RANK, one.shop_id)
                for one in sorted(some, key=lambda one: one.first_on)
            ),
            is_shopping=True,
        )
        for key, some in found.items()
    }  # fmt: skip


def promotion_key(name: str) -> str:
    """Return the event that a promotion of some name is an occurrence of."""
    return OWN + " ".join(name.casefold().split())


def everything(countries: Sequence[str], first: date, last: date) -> dict[str, Event]:
    """Return holidays, sales and own promotions together."""
    return {**events(countries, first, last), **promotions(Promotion.objects.order_by("first_on", "pk"))}


def windows_for(found: Mapping[str, Event], shop_id: int | None) -> list[Window]:
    """Return the windows that count for a shop, or for the company, where what one shop did counts too."""
    return [
        window
        for event in found.values()
        for window in event.windows
        if shop_id is None or window.shop_id is None or window.shop_id == shop_id
    ]


def sale_days(window: Window) -> Window:
    """Return the days of a sale as people name them, without the quiet ones after it."""
    return replace(window, last=window.last - timedelta(days=_AFTER.get(window.key.split("@")[0], 0)))
