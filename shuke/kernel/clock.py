"""The clock, read at the edge and handed down as ``now``."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utcnow() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime, zone: str) -> date:
    """Return the calendar day of ``moment`` in an IANA time zone.

    >>> local_day(datetime(2024, 1, 1, 20, tzinfo=UTC), "Asia/Shanghai")
    datetime.date(2024, 1, 2)
    """
    return moment.astimezone(ZoneInfo(zone)).date()
