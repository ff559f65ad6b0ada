"""Kinds of fields that come from outside."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

# Years outside are slips: zeros of a database, placeholders. Near the ends of the calendar there is no other time zone.
_SINCE, _UNTIL = 1900, 3000


def _plausible(said: datetime) -> datetime:
    """Return a moment in UTC; raise ``ValueError`` for one that nobody can mean.

    >>> _plausible(datetime.fromisoformat("2024-06-15T01:00:00+08:00")).isoformat()
    '2024-06-14T17:00:00+00:00'
    """
    if not _SINCE < said.year < _UNTIL:
        raise ValueError(f"should lie between the years {_SINCE} and {_UNTIL}")
    return said.astimezone(UTC)


# A moment with a time zone, in UTC from here on.
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
