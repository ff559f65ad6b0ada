"""Who of those with a reason is listed, who is held out, and who calls whom. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody with a reason to be called: the figures behind it, and what is at stake."""

    customer_id: int
    reason: str
    facts: Mapping[str, Any]
    worth_minor: int


@dataclass(slots=True)
class Chosen:
    """Somebody who comes on the list, with every reason, the first one first."""

    customer_id: int
    worth_minor: int
    reasons: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


def in_turn(found: Sequence[Sequence[Candidate]]) -> list[Chosen]:
    """Merge the candidates of each reason: the reasons take turns, each with whoever is worth most of theirs.

    Somebody with several reasons stands where the first of them puts them, with all reasons.

    >>> a = [Candidate(1, "churn", {}, 50), Candidate(2, "churn", {}, 90)]
    >>> b = [Candidate(1, "birthday", {}, 5)]
    >>> [(one.customer_id, [code for code, _ in one.reasons]) for one in in_turn([a, b])]
    [(2, ['churn']), (1, ['birthday', 'churn'])]
    """
    ranked = [sorted(each, key=lambda one: (-one.worth_minor, one.customer_id)) for each in found]
    chosen: dict[int, Chosen] = {}
    for place in range(max(map(len, ranked), default=0)):
        for each in ranked:
            if place < len(each):
                one = each[place]
                seat = chosen.setdefault(one.customer_id, Chosen(one.customer_id, one.worth_minor))
                seat.reasons.append((one.reason, one.facts))
                seat.worth_minor = max(seat.worth_minor, one.worth_minor)
    return list(chosen.values())


def is_held(salt: str, customer_id: int, share: float) -> bool:
    """Whether chance holds somebody out; the same for the same salt, so that a repeated attempt does not draw again."""
    drawn = hashlib.sha256(f"{salt}:{customer_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") < share * 2**64


def deal(chosen: Iterable[Chosen], capacity: Mapping[int, int], responsible: Mapping[int, int]) -> dict[int, int]:
    """Give customers to people: to whoever is responsible while they have time, else to whoever is least filled.

    Returns staff by customer. Nobody gets more than their capacity; whoever comes when all are full gets nobody.

    >>> deal([Chosen(n, 0) for n in (1, 2, 3, 4)], {7: 2, 8: 1}, {3: 8})
    {3: 8, 1: 7, 2: 7}
    """
    left = dict(capacity)
    dealt: dict[int, int] = {}
    rest = []
    for one in chosen:
        theirs = responsible.get(one.customer_id)
        if theirs is not None and left.get(theirs, 0) > 0:
            dealt[one.customer_id] = theirs
            left[theirs] -= 1
        else:
            rest.append(one)
    for one in rest:
        free = [staff for staff, count in left.items() if count > 0]
        if not free:
            break
        staff = max(free, key=lambda each: (left[each] / capacity[each], -each))
        dealt[one.customer_id] = staff
        left[staff] -= 1
    return dealt
