"""When a wait ends, in somebody's own time zone."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return a time zone; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def hour(said: str) -> time:
    """Read an hour.

    >>> hour("09:30").isoformat()
    '09:30:00'
    """
    hours, minutes = said.split(":")
    return time(int(hours), int(minutes))


def next_at(since: datetime, at: str, weekdays: Collection[int], zone_name: str) -> datetime:
    """Return the first moment from ``since`` on at which it is ``at`` o'clock on one of the weekdays (none: any day).

    An hour that a change of clocks leaves out comes as much later.

    >>> from datetime import UTC
    >>> next_at(datetime(2026, 3, 28, 12, tzinfo=UTC), "02:30", (), "Europe/Berlin").isoformat()
    '2026-03-29T01:30:00+00:00'
    >>> next_at(datetime(2026, 11, 27, 3, tzinfo=UTC), "10:00", {0}, "Asia/Shanghai").isoformat()
    '2026-11-30T02:00:00+00:00'
    """
    place, wanted = zone(zone_name), hour(at)
    day = since.astimezone(place).date()
    for _ in range(9):
        moment = at_of(day, wanted, zone_name)
        if moment >= since and (not weekdays or day.weekday() in weekdays):
            return moment
        day += _DAY
    raise AssertionError("every week has every day")


def at_of(day: date, wanted: time, zone_name: str) -> datetime:
    """Return an hour of a day somewhere, in UTC."""
    return datetime.combine(day, wanted, tzinfo=zone(zone_name)).astimezone(ZoneInfo("UTC"))


def opening(now: datetime, hours: tuple[str, str], zone_name: str) -> datetime:
    """Return ``now`` within the hours of a day, else the next time they begin.

    >>> from datetime import UTC
    >>> opening(datetime(2026, 1, 1, 3, tzinfo=UTC), ("09:00", "21:00"), "UTC").isoformat()
    '2026-01-01T09:00:00+00:00'
    """
    local = now.astimezone(zone(zone_name)).time()
    if hour(hours[0]) <= local < hour(hours[1]):
        return now
    return next_at(now, hours[0], (), zone_name)
