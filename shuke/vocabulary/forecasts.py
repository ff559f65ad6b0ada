"""What happens to forecasts."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AnomalyNoticed:
    """A figure of the company, a shop or a category left what its past errors explain. Said once, however long it lasts."""

    NAME: ClassVar[str] = "anomaly.noticed"
    VERSION: ClassVar[int] = 1

    anomaly_id: int
    kind: str
    measure: str
    scope: str
    shop_id: int | None
    first_on: str
