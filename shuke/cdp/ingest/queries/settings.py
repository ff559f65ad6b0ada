"""How long the collector keeps what."""

from pydantic import BaseModel, ConfigDict, Field

from shuke.platform.company import queries as company

DOMAIN = "ingest"
LEAST_RECEIPT_DAYS = 90


class IngestSettings(BaseModel):
    """What the company decides about the inbox."""

    model_config = ConfigDict(extra="ignore")

    # How long bodies can be read again; what is in the log does not need them.
    raw_days: int = Field(90, ge=1, le=730)

    @property
    def receipt_days(self) -> int:
        """Return for how long a message sent again is recognised: as long as its body, and never less than 90 days."""
        return max(self.raw_days, LEAST_RECEIPT_DAYS)


def settings() -> IngestSettings:
    """Return the settings in force."""
    return company.settings_of(DOMAIN, IngestSettings)
