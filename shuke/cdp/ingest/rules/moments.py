"""When something happened, although the clock of the device that says so may be wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

# A clock may be this far ahead of ours without our saying anything.
TOLERANCE = timedelta(seconds=5)
# Nobody sold anything online before; such a clock has lost its battery.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Whatever is older when it arrives is history: nothing live reacts to it.
HISTORICAL_AFTER = timedelta(days=7)

FUTURE, ANCIENT, UNREADABLE = "future_time", "ancient_time", "unreadable_time"


def moment(raw: Any) -> datetime | None:
    """Read an ISO 8601 time, or epoch seconds or milliseconds; None for anything else. Without an offset it is UTC.

    >>> moment("2026-11-21T18:24:14.589Z").isoformat(), moment(1795285454589).year, moment("soon")
    ('2026-11-21T18:24:14.589000+00:00', 2026, None)
    """
    if isinstance(raw, str):
        try:
            found = datetime.fromisoformat(raw.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        try:
            return datetime.fromtimestamp(raw / 1000 if raw > 1e11 else raw, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def occurred(original: Any, sent: Any, *, received_at: datetime) -> tuple[datetime, str]:
    """Return when an event happened by our clock, and a finding if its own clock was beyond belief.

    The device's clock may be wrong, but how long the event waited on the device is right:
    ``received - (sent - original)``. Without ``sent`` (an import of history) the time is taken as it is. Nothing
    happens in the future, nor before there were web shops.
    """
    said, sent_at = moment(original), moment(sent)
    if said is None:
        return received_at, UNREADABLE if original not in (None, "") else ""
    try:
        happened = said if sent_at is None else received_at - (sent_at - said)
    except OverflowError:
        return received_at, ANCIENT
    if happened > received_at:
        return received_at, FUTURE if happened > received_at + TOLERANCE else ""
    if happened < EARLIEST:
        return received_at, ANCIENT
    return happened, ""


def is_history(happened: datetime, *, received_at: datetime) -> bool:
    """Whether an event is too old for anybody to react to it."""
    return received_at - happened > HISTORICAL_AFTER
