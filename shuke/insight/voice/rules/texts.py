"""What can be said of a text without having learned anything."""

from collections import Counter
from collections.abc import Sequence

MOST_CHARS = 20_000
ENGLISH, CHINESE, OTHER = "en", "zh", "other"
LANGUAGES = (CHINESE, ENGLISH, OTHER)
NEGATIVE, NEUTRAL, POSITIVE = -1, 0, 1


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one."""
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003134f"


def language_of(text: str) -> str:
    """Return whether a text is Chinese, English or neither; one in both is the one that has more of it.

    >>> [language_of(one) for one in ("快递很慢", "Too small", "size 太小了，退货", "とても小さい", "Слишком мало", "5!")]
    ['zh', 'en', 'zh', 'other', 'other', 'other']
    """
    han = sum(is_han(char) for char in text)
    kana = sum("\u3040" <= char <= "\u30ff" for char in text)
    latin = sum(char.isascii() and char.isalpha() for char in text)
    others = sum(char.isalpha() for char in text) - han - kana - latin
    if kana > han / 4 or others > han + latin:
        return OTHER
    # A Chinese character says about as much as four letters.
    if han and han * 4 >= latin:
        return CHINESE
    return ENGLISH if latin else OTHER


def of_stars(rating: int | None) -> int | None:
    """Return what stars say of the sentiment: up to two are negative, three neutral.

    >>> [of_stars(one) for one in (1, 2, 3, 4, 5, None)]
    [-1, -1, 0, 1, 1, None]
    """
    if rating is None:
        return None
    return NEGATIVE if rating <= 2 else NEUTRAL if rating == 3 else POSITIVE


def majority(said: Sequence[int]) -> int:
    """Return what most say; where as many say one thing as another, the first of them said.

    >>> majority([1, -1, -1]), majority([0, 1])
    (-1, 0)
    """
    return Counter(said).most_common(1)[0][0]


def alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Return Krippendorff's alpha, how far people agree beyond chance: 1 always, 0 as by chance. Units have 2+ answers.

    Answers further apart (negative, positive) disagree more than neighbours do.

    >>> alpha([[1, 1], [-1, -1], [0, 0]]), alpha([])
    (1.0, None)
    """
    told = [list(unit) for unit in units if len(unit) > 1]
    flat = [answer for unit in told for answer in unit]
    if len(set(flat)) < 2:
        return None
    inside = sum(sum((a - b) ** 2 for a in unit for b in unit) / (len(unit) - 1) for unit in told) / len(flat)
    counts = Counter(flat)
    apart = sum(m * n * (a - b) ** 2 for a, m in counts.items() for b, n in counts.items())
    return 1 - inside / (apart / (len(flat) * (len(flat) - 1)))
