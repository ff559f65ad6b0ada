"""Which day is whose: birthdays by the sun and by the moon, festivals, and the hours of a schedule."""

import calendar
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from shuke.journeys.journeys.rules import times
from shuke.kernel import calendars

_DAY = timedelta(days=1)


def solar_names(day: date) -> list[tuple[int, int]]:
    """Return the months and days under which a day is somebody's birthday.

    >>> solar_names(date(2026, 2, 28)), solar_names(date(2028, 2, 28))
    ([(2, 28), (2, 29)], [(2, 28)])
    """
    names = [(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        names.append((2, 29))
    return names


def is_lunar_anniversary(born: date, day: date) -> bool:
    """Whether somebody born on a day of the sun has their birthday by the moon on another.

    A leap month counts as the month it repeats; the thirtieth is kept on the last day of a month that has 29.

    >>> is_lunar_anniversary(date(1990, 1, 27), date(2024, 2, 10)), is_lunar_anniversary(date(1990, 1, 27), date(2024, 2, 9))
    (True, False)
    """
    theirs, other = calendars.lunar_day(born), calendars.lunar_day(day)
    if theirs is None or other is None or day <= born:
        return False
    if theirs == other:
        return True
    after = calendars.lunar_day(day + _DAY)
    return theirs == (other[0], 30) and other[1] == 29 and after is not None and after[1] == 1


def occasion_on(country: str, day: date, codes: Collection[str]) -> str:
    """Return the festival or sale among ``codes`` whose own day this is, or "".

    >>> occasion_on("CN", date(2026, 11, 11), ["double_11"]), occasion_on("CN", date(2026, 11, 10), ["double_11"])
    ('double_11', '')
    """
    found = (one.code for one in calendars.occasions(country, day, day) if one.day == day and one.code in codes)
    return next(found, "")


def last_due(settings: Mapping[str, Any], now: datetime, zone: str) -> datetime | None:
    """Return the last moment up to ``now`` at which a schedule fell due; None if there was none in the last year or so.

    >>> from datetime import UTC
    >>> monday = {"every": "week", "weekday": 0, "at": "10:00"}
    >>> last_due(monday, datetime(2026, 11, 28, tzinfo=UTC), "UTC").isoformat()
    '2026-11-23T10:00:00+00:00'
    """
    at = times.hour(str(settings["at"]))
    day = now.astimezone(times.zone(zone)).date()
    for _ in range(400):
        if _is_day(settings, day) and (moment := times.at_of(day, at, zone)) <= now:
            return moment
        day -= _DAY
    return None


def _is_day(settings: Mapping[str, Any], day: date) -> bool:
    every = settings["every"]
    if every == "once":
        return day.isoformat() == str(settings["on"])
    if every == "week":
        return day.weekday() == int(settings["weekday"])
    if every == "month":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day == min(int(settings["day"]), last)
    return True
