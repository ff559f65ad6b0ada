"""Hours at which nobody is disturbed, where the person is."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shuke.kernel import places

_MOST_STEPS = 48


@lru_cache(maxsize=1024)
def zones_of(country: str, company_zone: str) -> tuple[str, ...]:
    """Return every zone in which a person of a country may be; the company's where nothing is known.

    >>> zones_of("France", "Asia/Shanghai"), zones_of("", "Asia/Shanghai"), zones_of("Atlantis", "UTC")
    (('Europe/Paris',), ('Asia/Shanghai',), ('UTC',))
    """
    return places.zones_of(places.territory_of(country)) or (company_zone,)


def is_quiet(moment: datetime, zone: str, begins: time, ends: time) -> bool:
    """Whether it is quiet at a moment in a zone. Hours may go over midnight; equal ones mean never.

    >>> from datetime import UTC
    >>> night = (time(21), time(8))
    >>> [is_quiet(datetime(2024, 6, 15, hour, tzinfo=UTC), "Asia/Shanghai", *night) for hour in (0, 12, 13, 23)]
    [False, False, True, True]
    """
    clock = moment.astimezone(ZoneInfo(zone)).time()
    if begins == ends:
        return False
    if begins < ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def next_allowed(moment: datetime, zones: Sequence[str], begins: time, ends: time) -> datetime:
    """Return the first moment from ``moment`` on at which it is quiet in none of the zones.

    A person in a country of many zones is written to when it is day in all of them. Where that never is (or not for as long
    as we look), the first zone decides alone.

    >>> from datetime import UTC
    >>> next_allowed(datetime(2024, 3, 31, 0, 30, tzinfo=UTC), ["Europe/Berlin"], time(21), time(8)).isoformat()
    '2024-03-31T06:00:00+00:00'
    """
    for tried in (zones, zones[:1]):
        at = moment
        for _step in range(_MOST_STEPS):
            quiet = [zone for zone in tried if is_quiet(at, zone, begins, ends)]
            if not quiet:
                return at
            at = max(_end_of_quiet(at, zone, ends) for zone in quiet)
    return moment


def _end_of_quiet(moment: datetime, zone: str, ends: time) -> datetime:
    """Return the next moment at which clocks in a zone show the end of the quiet hours."""
    place = ZoneInfo(zone)
    local = moment.astimezone(place)
    day = local.date() if local.time() < ends else local.date() + timedelta(days=1)
    found = datetime.combine(day, ends, tzinfo=place).astimezone(moment.tzinfo)
    return found if found > moment else found + timedelta(hours=1)
