"""How two descriptions of one person become one, and how that is taken back.

A survivor's profile is layers: what they were before, and for each merge a decision per field whose value counts. Taking
a merge back removes its layer and lays the others again, so merges may be undone in any order. What somebody changed by
hand in between lies on top and stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from shuke.cdp.customers.rules.people import is_masked

Side = Literal["survivor", "merged"]
Profile = Mapping[str, Any]

SURVIVOR: Side = "survivor"
MERGED: Side = "merged"

# What staff may choose between; the rest follows rules that leave no choice.
CHOSEN = ("name", "country", "region", "city", "language", "birthday")
FIELDS = (*CHOSEN, "first_seen_at", "restricted_at")
# Whoever was seen first was seen first, and one person's wish to be left alone is the wish of the one they are.
_EARLIEST = frozenset({"first_seen_at", "restricted_at"})
_WITHIN_COUNTRY = frozenset({"region", "city"})


def sides(
    survivor: Profile, merged: Profile, *, merged_is_newer: bool, chosen: Mapping[str, str] | None = None
) -> dict[str, Side]:
    """Return for each field whose value the survivor has from now on.

    ``chosen`` by staff counts first. Otherwise a value beats none, a clear one a masked one, and the newer the older;
    region and city come from where the country comes from.

    >>> found = sides({"name": "A*", "city": "Bonn"}, {"name": "Ada", "city": ""}, merged_is_newer=True)
    >>> found["name"], found["city"]
    ('merged', 'survivor')
    """
    wanted = chosen or {}
    found: dict[str, Side] = {}
    for field in CHOSEN:
        if wanted.get(field) in (SURVIVOR, MERGED):
            found[field] = MERGED if wanted[field] == MERGED else SURVIVOR
        elif field in _WITHIN_COUNTRY and _in_two_countries(survivor, merged):
            found[field] = found["country"]
        else:
            found[field] = _better(survivor.get(field), merged.get(field), merged_is_newer=merged_is_newer)
    return found


def _better(ours: Any, theirs: Any, *, merged_is_newer: bool) -> Side:
    if not theirs or theirs == ours:
        return SURVIVOR
    if not ours:
        return MERGED
    if isinstance(ours, str) and is_masked(ours) != is_masked(theirs):
        return MERGED if is_masked(ours) else SURVIVOR
    return MERGED if merged_is_newer else SURVIVOR


def _in_two_countries(survivor: Profile, merged: Profile) -> bool:
    ours, theirs = survivor.get("country"), merged.get("country")
    return bool(ours and theirs and ours != theirs)


def combined(survivor: Profile, merged: Profile, decided: Mapping[str, str]) -> dict[str, Any]:
    """Return the profile that the decisions make of two; an empty value gives way to the other's.

    >>> combined({"name": "Ada", "city": "Bonn"}, {"name": "", "city": "Ulm"}, {"name": "merged", "city": "merged"})["city"]
    'Ulm'
    """
    found: dict[str, Any] = {}
    for field in CHOSEN:
        first, second = survivor.get(field), merged.get(field)
        if decided.get(field) == MERGED:
            first, second = second, first
        keeps_empty = field in _WITHIN_COUNTRY and _in_two_countries(survivor, merged)
        found[field] = first if first or keeps_empty else second
    for field in _EARLIEST:
        known = [moment for moment in (survivor.get(field), merged.get(field)) if moment is not None]
        found[field] = min(known, default=None)
    return found


@dataclass(slots=True)
class Layer:
    """One merge in a survivor's profile: the profile before and after it, the decisions, and the merged one's own."""

    before: dict[str, Any]
    after: dict[str, Any]
    decided: Mapping[str, str]
    merged: Profile
    is_removed: bool = False


def relay(layers: Sequence[Layer], current: Profile) -> tuple[dict[str, Any], list[str]]:
    """Lay the layers again, oldest first, without those removed; return the profile and the fields changed on top since.

    ``before`` and ``after`` of the layers that stay are brought up to date.
    """
    was: dict[str, Any] = {}
    now: dict[str, Any] = {}
    for place, layer in enumerate(layers):
        old_after = dict(layer.after)
        if place:
            layer.before = {f: now[f] if layer.before.get(f) == was[f] else layer.before.get(f) for f in FIELDS}
        layer.after = dict(layer.before) if layer.is_removed else combined(layer.before, layer.merged, layer.decided)
        was, now = old_after, layer.after
    on_top = [field for field in FIELDS if current.get(field) != was.get(field)]
    return {f: current.get(f) if f in on_top else now.get(f) for f in FIELDS}, on_top


def survivor_first(a: tuple[int, Any, int], b: tuple[int, Any, int]) -> bool:
    """Whether ``a`` should survive: (orders, first seen, id). More orders, then the older one.

    >>> survivor_first((3, 2024, 9), (1, 2020, 1)), survivor_first((1, 2024, 1), (1, 2020, 2))
    (True, False)
    """
    return (-a[0], a[1], a[2]) < (-b[0], b[1], b[2])


T = TypeVar("T")


def rounds(wanted: Sequence[T], ends: Callable[[T], tuple[int, int]]) -> Iterator[list[T]]:
    """Yield merges in order, in rounds that can be carried out at once: nobody in one is merged and met again.

    ``ends`` gives a merge's survivor and merged customer. Several may go to one survivor in one round.

    >>> list(rounds([(1, 2), (1, 3), (4, 1), (4, 5)], lambda pair: pair))
    [[(1, 2), (1, 3)], [(4, 1), (4, 5)]]
    """
    some: list[T] = []
    survivors: set[int] = set()
    merged: set[int] = set()
    for one in wanted:
        survivor_id, merged_id = ends(one)
        if survivor_id in merged or merged_id in merged or merged_id in survivors:
            yield some
            some, survivors, merged = [], set(), set()
        some.append(one)
        survivors.add(survivor_id)
        merged.add(merged_id)
    if some:
        yield some
