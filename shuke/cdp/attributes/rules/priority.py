"""Whose word counts: which of several sources' statements is the value in force."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

STAFF = "staff"
COMPUTED = "computed"
# What a person typed was meant; all machines are alike until somebody ranks them.
DEFAULT = (STAFF,)


@dataclass(frozen=True, slots=True)
class Word:
    """A statement as far as ranking goes: by whom, when, and with what it arrived."""

    source: str
    said_at: datetime
    is_empty: bool = False
    origin: int = 0


def rank(source: str, order: Sequence[str]) -> int:
    """Return the place of a source in an order; ``shop`` stands for every ``shop:…``, and the unnamed come last.

    >>> rank("shop:tmall", ("staff", "shop:web", "shop")), rank("collector:app", ("staff",))
    (2, 1)
    """
    for place, entry in enumerate(order):
        if source == entry or source.startswith(f"{entry}:"):
            return place
    return len(order)


T = TypeVar("T")


def in_force(statements: Iterable[T], order: Sequence[str], word: Callable[[T], Word]) -> T | None:
    """Return the statement that counts: of the highest ranked source that has one, the latest; ties go by name.

    Of each source only the last word counts, under whichever identity it came: one that was taken back leaves nothing.
    """
    last: dict[str, tuple[Word, T]] = {}
    for one in statements:
        said = word(one)
        held = last.get(said.source)
        if held is None or (said.said_at, said.origin) > (held[0].said_at, held[0].origin):
            last[said.source] = said, one
    spoken = [(said, one) for said, one in last.values() if not said.is_empty]
    if not spoken:
        return None
    return min(spoken, key=lambda pair: (rank(pair[0].source, order), -pair[0].said_at.timestamp(), pair[0].source))[1]
