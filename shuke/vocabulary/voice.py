"""What customers say, as the log tells it: never a word of theirs."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A customer wrote something: a review, an answer in a survey, a ticket. Its words stay in the table of texts."""

    NAME: ClassVar[str] = "text.received"
    VERSION: ClassVar[int] = 1

    text_id: int
    kind: str
    language: str
    rating: int | None
    product_id: int | None


@dataclass(frozen=True, slots=True)
class TextsJudged:
    """The sentiments of texts were worked out anew; whose differ is not said."""

    NAME: ClassVar[str] = "texts.judged"
    VERSION: ClassVar[int] = 1

    run_id: int | None
    texts: int
