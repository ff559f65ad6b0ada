"""How alike two people are, field by field, in a few levels each; for millions of pairs at once.

A level says what agrees in words that a person can check. ``MISSING`` says that one of the two is silent: that
speaks neither for nor against.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from shuke.cdp.quality.engine.people import Codes, Roster, Vocabulary, shares
from shuke.cdp.quality.rules import names

Levels = NDArray[np.int8]
Rows = NDArray[np.int32]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of the comparison: its levels from "differs" (0) upwards, and what is usual among the same and strangers.

    ``same`` and ``strangers`` are starting points, and stand where there is little to learn from. ``frequency`` maps a
    level to the column whose frequent values make an agreement say less.
    """

    name: str
    levels: tuple[str, ...]
    same: tuple[float, ...]
    strangers: tuple[float, ...]
    compare: Callable[[Roster, Rows, Rows], Levels]
    frequency: dict[int, str] = field(default_factory=dict)
    # What is usual between people of one household; () where they are like strangers (given names, birthdays).
    housemates: tuple[float, ...] = ()


def _joined(text: str) -> str:
    return text.replace(" ", "")


def _first(text: str) -> str:
    return text[:1]


def _is_initial(text: str) -> str:
    return "1" if len(text) == 1 else ""


def _month_and_day(text: str) -> str:
    return text[4:]


def _year(text: str) -> str:
    return text[:4]


def _sorted_day(text: str) -> str:
    """Month and day in one order, so that swapping them changes nothing."""
    return text[:4] + "".join(sorted((text[4:6], text[6:8])))


def _mailbox(text: str) -> str:
    return text.partition("@")[0]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text)) or "-"


def _tail(text: str) -> str:
    return text[-7:]


def _kind(text: str) -> str:
    return text.partition(":")[0]


# --- names


def _alike(a: Codes, b: Codes, texts: Vocabulary, scorer: Callable[..., float], limit: float) -> NDArray[np.float32]:
    """Return the likeness (or distance) of texts by code, comparing each two of them once.

    Nothing is asked about what lies beyond ``limit``, which spares most of the work: it comes out as 0, or as one more.
    """
    packed = a.astype(np.int64) * len(texts.texts) + b
    distinct, back = np.unique(packed, return_inverse=True)
    left, right = (distinct // len(texts.texts)).tolist(), (distinct % len(texts.texts)).tolist()
    known = texts.texts
    found = process.cpdist(
        [known[code] for code in left],
        [known[code] for code in right],
        scorer=scorer,
        score_cutoff=limit,
        dtype=np.float32,
    )
    likeness: NDArray[np.float32] = np.asarray(found)[back]
    return likeness


def _name_levels(a: Codes, b: Codes, words: Vocabulary) -> Levels:
    """Levels of two parts of names by how they sound: see ``_NAME_LEVELS``."""
    roots, joined = words.derived(names.called_like)[1], words.derived(_joined)[1]
    firsts, initials = words.derived(_first)[1], words.derived(_is_initial)[1]
    levels = np.zeros(len(a), np.int8)
    levels[(a == 0) | (b == 0)] = MISSING
    todo = levels == 0
    levels[todo & (roots[a] == roots[b])] = 4
    levels[todo & (joined[a] == joined[b])] = 4
    levels[todo & (a == b)] = 5
    rest = np.flatnonzero(levels == 0)
    if not len(rest):
        return levels
    x, y = a[rest], b[rest]
    alike = _alike(x, y, words, JaroWinkler.normalized_similarity, 0.76)
    found = np.zeros(len(rest), np.int8)
    found[alike >= 0.76] = 1
    is_short = (initials[x] != 0) | (initials[y] != 0)
    found[is_short & (firsts[x] == firsts[y])] = 2
    found[(alike >= 0.88) & ~is_short] = 3
    levels[rest] = found
    return levels


def _name_pairs(roster: Roster, a: Rows, b: Rows) -> tuple[Levels, Levels]:
    """Levels of family and given names, in whichever order agrees better."""

    def compared(left: Codes, right: Codes, only: Rows) -> Levels:
        return _name_levels(left[a[only]], right[b[only]], roster.words)

    everything = np.arange(len(a), dtype=np.int32)
    family = compared(roster.family_sound, roster.family_sound, everything)
    given = compared(roster.given_sound, roster.given_sound, everything)
    _weigh_characters(family, roster, roster.family, a, b)
    _weigh_characters(given, roster, roster.given, a, b)
    doubtful = np.flatnonzero((family < 3) & (given < 3)).astype(np.int32)
    if len(doubtful):
        crossed = compared(roster.family_sound, roster.given_sound, doubtful)
        other = compared(roster.given_sound, roster.family_sound, doubtful)
        strength = np.maximum(crossed, 0) + np.maximum(other, 0)
        swapped = strength > np.maximum(family[doubtful], 0) + np.maximum(given[doubtful], 0) + 2
        at = doubtful[swapped]
        # Which of the two is the family name is not known then: the weaker agreement counts as its, whoever comes first.
        family[at] = np.minimum(np.minimum(crossed[swapped], other[swapped]), 4)
        given[at] = np.minimum(np.maximum(crossed[swapped], other[swapped]), 4)
    return family, given


def _weigh_characters(levels: Levels, roster: Roster, written: Codes, a: Rows, b: Rows) -> None:
    """Where two sound the same: other characters are a near miss, another script is the same name."""
    both = roster.is_chinese[a] & roster.is_chinese[b]
    one = roster.is_chinese[a] ^ roster.is_chinese[b]
    levels[both & (levels == 5) & (written[a] != written[b])] = 3
    # Transcriptions of Chinese names lie close together by nature: only equal ones count.
    levels[both & (written[a] != written[b]) & (levels != 3) & (levels > 1)] = 1
    levels[one & (levels == 5)] = 4


# --- dates, contacts, places


def _birthdays(roster: Roster, a: Rows, b: Rows) -> Levels:
    x, y = roster.birthday[a], roster.birthday[b]
    levels = np.zeros(len(a), np.int8)
    levels[(x == 0) | (y == 0)] = MISSING
    levels[(levels == 0) & (x == y)] = 3
    rest = np.flatnonzero(levels == 0)
    if len(rest):
        texts = roster.birthdays
        typos = _alike(x[rest], y[rest], texts, DamerauLevenshtein.distance, 1)
        days, years = texts.derived(_month_and_day)[1], texts.derived(_year)[1]
        same_year = years[x[rest]] == years[y[rest]]
        digits = texts.derived(_sorted_day)[1]
        found = np.zeros(len(rest), np.int8)
        found[(days[x[rest]] == days[y[rest]]) | same_year] = 1
        found[(typos <= 1) | (digits[x[rest]] == digits[y[rest]])] = 2
        levels[rest] = found
    return levels


def _best(columns: list[Codes], a: Rows, b: Rows, compare: Callable[[Codes, Codes], Levels]) -> Levels:
    """Return the best level among the values that two people have."""
    levels = np.full(len(a), MISSING, np.int8)
    for left in columns:
        for right in columns:
            x, y = left[a], right[b]
            both = np.flatnonzero((x != 0) & (y != 0))
            if len(both):
                levels[both] = np.maximum(levels[both], compare(x[both], y[both]))
    return levels


def _emails(roster: Roster, a: Rows, b: Rows) -> Levels:
    texts = roster.email_texts
    local_texts, locals_of = texts.derived(_mailbox)
    digits = local_texts.derived(_digits)[1]

    def compare(x: Codes, y: Codes) -> Levels:
        levels = np.zeros(len(x), np.int8)
        u, v = locals_of[x], locals_of[y]
        rest = np.flatnonzero(u != v)
        if len(rest):
            # Mailboxes made of a name and a number resemble those of namesakes: another number is another person.
            rest = rest[digits[u[rest]] == digits[v[rest]]]
            near = np.zeros(len(rest), np.int8)
            alike = _alike(u[rest], v[rest], local_texts, JaroWinkler.normalized_similarity, 0.9)
            near[alike >= 0.9] = 1
            whole = _alike(x[rest], y[rest], texts, DamerauLevenshtein.normalized_similarity, 0.85)
            near[whole >= 0.85] = 2
            levels[rest] = near
        levels[u == v] = 3
        levels[x == y] = 4
        return levels

    return _best(roster.emails, a, b, compare)


def _phones(roster: Roster, a: Rows, b: Rows) -> Levels:
    texts = roster.phone_texts
    tails = texts.derived(_tail)[1]

    def compare(x: Codes, y: Codes) -> Levels:
        levels = np.zeros(len(x), np.int8)
        rest = np.flatnonzero(x != y)
        if len(rest):
            typos = _alike(x[rest], y[rest], texts, DamerauLevenshtein.distance, 1)
            levels[rest[typos <= 1]] = 1
        levels[tails[x] == tails[y]] = 2
        levels[x == y] = 3
        return levels

    return _best(roster.phones, a, b, compare)


def _keys(roster: Roster, a: Rows, b: Rows) -> Levels:
    texts = roster.key_texts
    kinds = texts.derived(_kind)[1]

    def compare(x: Codes, y: Codes) -> Levels:
        levels = np.zeros(len(x), np.int8)
        levels[kinds[x] != kinds[y]] = MISSING
        rest = np.flatnonzero((x != y) & (levels == 0))
        if len(rest):
            typos = _alike(x[rest], y[rest], texts, DamerauLevenshtein.distance, 1)
            levels[rest[typos <= 1]] = 1
        levels[x == y] = 2
        return levels

    return _best(roster.keys, a, b, compare)


def _addresses(roster: Roster, a: Rows, b: Rows) -> Levels:
    """Streets and house numbers together: apart they would count one fact twice."""
    from rapidfuzz.fuzz import token_sort_ratio

    texts = roster.street_texts
    levels = np.full(len(a), MISSING, np.int8)
    for street_a, number_a in zip(roster.streets, roster.numbers, strict=False):
        for street_b, number_b in zip(roster.streets, roster.numbers, strict=False):
            x, y = street_a[a], street_b[b]
            both = np.flatnonzero((x != 0) & (y != 0))
            if not len(both):
                continue
            x, y = x[both], y[both]
            alike = np.full(len(both), 100.0, np.float32)
            rest = np.flatnonzero(x != y)
            if len(rest):
                alike[rest] = _alike(x[rest], y[rest], texts, token_sort_ratio, 60)
            m, n = number_a[a[both]], number_b[b[both]]
            same_number = (m == n) & (m != 0)
            found = np.zeros(len(both), np.int8)
            found[alike >= 60] = 1
            found[alike >= 84] = 2
            found[(alike >= 72) & same_number] = 3
            found[(alike >= 97) & ((m == n) | (m == 0) | (n == 0))] = 4
            levels[both] = np.maximum(levels[both], found)
    return levels


def _places(roster: Roster, a: Rows, b: Rows) -> Levels:
    """City and postcode together."""
    texts = roster.place_texts
    levels = np.full(len(a), MISSING, np.int8)
    for city_a, code_a in zip(roster.cities, roster.postcodes, strict=False):
        for city_b, code_b in zip(roster.cities, roster.postcodes, strict=False):
            levels = np.maximum(levels, _place_levels(city_a[a], city_b[b], code_a[a], code_b[b], texts))
    return levels


def _place_levels(city_a: Codes, city_b: Codes, code_a: Codes, code_b: Codes, texts: Vocabulary) -> Levels:
    knows_city, knows_code = (city_a != 0) & (city_b != 0), (code_a != 0) & (code_b != 0)
    levels = np.where(knows_city | knows_code, 0, MISSING).astype(np.int8)
    differ = np.flatnonzero(knows_city & (city_a != city_b))
    near = np.zeros(len(levels), np.bool_)
    if len(differ):
        alike = _alike(city_a[differ], city_b[differ], texts, JaroWinkler.normalized_similarity, 0.88)
        near[differ] = alike >= 0.88
    same_city, same_code = knows_city & (city_a == city_b), knows_code & (code_a == code_b)
    levels[near] = 1
    levels[same_city] = 2
    levels[same_code] = 3
    levels[same_code & (same_city | near)] = 4
    return levels


def _families(roster: Roster, a: Rows, b: Rows) -> Levels:
    return _name_pairs(roster, a, b)[0]


def _givens(roster: Roster, a: Rows, b: Rows) -> Levels:
    return _name_pairs(roster, a, b)[1]


_NAME_LEVELS = ("different", "faintly_alike", "initial", "alike", "equivalent", "equal")

COMPARISONS = (
    Comparison("family", _NAME_LEVELS, (.06, .02, .01, .09, .06, .76), (.93, .045, .004, .006, .003, .012), _families, {5: "family", 4: "family_sound"}, (.20, .02, .01, .05, .02, .70)),
    Comparison("given", _NAME_LEVELS, (.06, .02, .02, .10, .08, .72), (.91, .06, .012, .006, .004, .008), _givens, {5: "given", 4: "given_sound"}),
    Comparison("birthday", ("different", "part", "typo", "equal"), (.02, .04, .09, .85), (.975, .0235, .0014, .0001), _birthdays, {3: "birthday"}),
    Comparison("email", ("different", "alike", "typo", "same_mailbox", "equal"), (.25, .04, .06, .05, .60), (.985, .0147, .0001, .0001, .0001), _emails, {3: "mailbox"}, (.75, .05, .01, .01, .18)),
    Comparison("phone", ("different", "typo", "tail", "equal"), (.30, .06, .04, .60), (.9998, .00006, .00004, .0001), _phones, {}, (.60, .02, .01, .37)),
    Comparison("address", ("different", "faintly_alike", "same_street", "alike", "equal"), (.28, .07, .05, .15, .45), (.93, .0674, .002, .0003, .0003), _addresses, {4: "street"}, (.15, .05, .05, .10, .65)),
    Comparison("place", ("different", "alike", "city", "postcode", "equal"), (.15, .03, .17, .05, .60), (.955, .005, .032, .004, .004), _places, {2: "city", 3: "postcode", 4: "postcode"}, (.10, .03, .12, .05, .70)),
    Comparison("key", ("different", "typo", "equal"), (.05, .09, .86), (.9999, .00005, .00005), _keys, {}),
)  # fmt: skip
BY_NAME = {comparison.name: comparison for comparison in COMPARISONS}
LEVELS = tuple(len(comparison.levels) for comparison in COMPARISONS)


def compare(roster: Roster, a: Rows, b: Rows) -> NDArray[np.int8]:
    """Return the levels of pairs of rows: one line per pair, one column per comparison."""
    table = np.empty((len(a), len(COMPARISONS)), np.int8)
    table[:, 0], table[:, 1] = _name_pairs(roster, a, b)
    for at, comparison in enumerate(COMPARISONS[2:], start=2):
        table[:, at] = comparison.compare(roster, a, b)
    return table


def frequency_columns(roster: Roster) -> dict[str, tuple[Codes, NDArray[np.float64], Vocabulary]]:
    """Return the columns whose frequent values count less: each person's code, each code's share of people, the values."""
    mailbox_texts, mailboxes = roster.email_texts.derived(_mailbox)
    columns = {
        "family": (roster.family, roster.words), "given": (roster.given, roster.words),
        "family_sound": (roster.family_sound, roster.words), "given_sound": (roster.given_sound, roster.words),
        "mailbox": (mailboxes[roster.emails[0]], mailbox_texts), "birthday": (roster.birthday, roster.birthdays), "street": (roster.streets[0], roster.street_texts),
        "city": (roster.cities[0], roster.place_texts), "postcode": (roster.postcodes[0], roster.place_texts),
    }  # fmt: skip
    known = roster.known_shares
    return {
        name: (codes, shares(codes, texts, None if known is None else known[name]), texts)
        for name, (codes, texts) in columns.items()
        if known is None or name in known
    }
