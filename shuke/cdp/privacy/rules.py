"""Terms and limits of privacy work. Pure."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

SETTINGS = "privacy"
# Names the files in which archives are sealed.
ARCHIVE_CONTEXT = b"privacy.archive"
MOST_ARCHIVE_HOURS = 72

Days = Annotated[int, Field(ge=0, le=36_500)]


class PrivacySettings(BaseModel):
    """Terms the company sets itself. ``retention`` maps a kind of data to days; 0 means for ever."""

    due_days: int = Field(15, ge=1, le=30)
    archive_hours: int = Field(MOST_ARCHIVE_HOURS, ge=1, le=MOST_ARCHIVE_HOURS)
    retention: dict[str, Days] = {}


def due_on(received_at: datetime, *, days: int, time_zone: str) -> date:
    """Return the last day on which a request is answered in time.

    >>> due_on(datetime(2024, 6, 1, 18, tzinfo=ZoneInfo("UTC")), days=15, time_zone="Asia/Shanghai")
    datetime.date(2024, 6, 17)
    """
    return (received_at.astimezone(ZoneInfo(time_zone)) + timedelta(days=days)).date()
