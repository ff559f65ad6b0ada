"""What holds of texts: languages, stars, limits, and when there is enough to learn from."""

from shuke.insight.voice.rules.learning import Refusal, gate
from shuke.insight.voice.rules.texts import (
    LANGUAGES,
    MOST_CHARS,
    language_of,
    majority,
    of_stars,
)

__all__ = ["LANGUAGES", "MOST_CHARS", "Refusal", "gate", "language_of", "majority", "of_stars"]
