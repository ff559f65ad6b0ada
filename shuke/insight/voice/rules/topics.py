"""What topics are called, and when two are the same."""

from collections.abc import Sequence

_NAMED_BY = 3
_COMPARED = 8


def name_of(words: Sequence[tuple[str, float]], language: str) -> str:
    """Return a name made of the strongest words, until somebody gives a better one.

    >>> name_of([("zip", 1.0), ("broken", 0.8), ("seam", 0.5), ("blue", 0.2)], "en"), name_of([("物流", 1.0), ("太慢", 0.9)], "zh")
    ('zip, broken, seam', '物流、太慢')
    """
    return ("、" if language == "zh" else ", ").join(word for word, _weight in words[:_NAMED_BY])[:80]


def likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """Return how much of their strongest words two topics share, from 0 to 1.

    >>> likeness(["zip", "seam"], ["seam", "zip"]), likeness(["zip"], ["late"])
    (1.0, 0.0)
    """
    one, other = set(a[:_COMPARED]), set(b[:_COMPARED])
    return len(one & other) / len(one | other) if one | other else 0.0
