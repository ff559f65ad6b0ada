"""Blocking: the keys that two records of one person are likely to share, and the pairs that share one.

Nobody compares a million people with each other. Each kind of key is a guess at what survives typing errors; keys
that very many people share say little and are left out, smallest groups first, as far as a kind's share of the work
reaches. What one kind misses another finds.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from shuke.cdp.quality.engine.people import Person, street_parts
from shuke.cdp.quality.rules import names

# Pairs of one kind, per person; and what small companies may use beyond that.
PAIRS_PER_PERSON = 2
FREE_PAIRS = 60_000
LARGEST_BLOCK = 400


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of key, with the comparisons whose agreement it forces.

    One that ``teaches`` holds enough pairs of the same person for a model to learn from.
    """

    code: int
    name: str
    forces: frozenset[str]
    teaches: bool


def _kind(code: int, name: str, *forces: str, teaches: bool = False) -> Kind:
    return Kind(code, name, frozenset(forces), teaches)


KINDS = (
    _kind(1, "email", "email", teaches=True),
    _kind(2, "mailbox", "email"),
    _kind(3, "phone", "phone", teaches=True),
    _kind(4, "key", "key", teaches=True),
    _kind(5, "name", "family", "given", teaches=True),
    _kind(6, "birthday", "birthday", teaches=True),
    _kind(7, "family_born", "family", "birthday", teaches=True),
    _kind(8, "given_born", "given", "birthday", teaches=True),
    _kind(9, "name_begins", "family", "given"),
    _kind(10, "street", "address", teaches=True),
    _kind(11, "family_place", "family", "place"),
    _kind(12, "given_place", "given", "place"),
    _kind(13, "family", "family"),
    _kind(14, "given", "given"),
    _kind(15, "phone_middle", "phone"),
    _kind(16, "domain"),
    _kind(17, "born_place", "place"),
    _kind(18, "mailbox_begins"),
)
BY_CODE = {kind.code: kind for kind in KINDS}


def keys_of(person: Person) -> Iterator[tuple[int, str]]:
    """Yield the kinds and texts of the keys of one person. Texts may hold contact data: hash them before storing."""
    family, given = _sounds(person)
    born = person.birthday
    for email in person.emails:
        yield 1, email
        mailbox, _, domain = email.partition("@")
        if len(mailbox) >= 5:
            yield 2, mailbox
        yield 16, domain or mailbox
        yield 18, mailbox[:5]
    for phone in person.phones:
        yield 3, phone[-7:]
        yield 15, phone[-11:-4]
    for key in person.keys:
        yield 4, key
    yield from _name_keys(family, given, born)
    if born:
        yield 6, born
    for address in person.addresses:
        street, numbers, postcode, city = street_parts(address)
        if street:
            yield 10, f"{numbers} {''.join(sorted(street.split()))[:24]}"
        place = postcode or city
        if place and family:
            yield 11, f"{family} {place}"
        if place and given:
            yield 12, f"{given} {place}"
        if place and born:
            yield 17, f"{born[:4]} {place}"
            yield 17, f"{born[4:]} {place}"


def _name_keys(family: str, given: str, born: str) -> Iterator[tuple[int, str]]:
    if family and given:
        # In one order, so that "Zhang San" meets "San Zhang".
        yield 5, " ".join(sorted((family.replace(" ", ""), given.replace(" ", ""))))
        yield 9, " ".join(sorted((family[:3], given[:3])))
    if born and family:
        yield 7, f"{family[:4]} {born[:4]}"
        yield 7, f"{family[:4]} {born[4:]}"
    if born and given:
        yield 8, f"{given[:4]} {born[:4]}"
        yield 8, f"{given[:4]} {born[4:]}"
    if family:
        yield 13, family
    if given:
        yield 14, names.called_like(given)


def _sounds(person: Person) -> tuple[str, str]:
    if person.family or person.given:
        return names.surname_sound(person.family), names.fold(person.given)
    parts = names.split(person.name)
    return names.surname_sound(parts.family), names.fold(parts.given)


def hashed(kind: int, text: str, *, secret: bytes = b"") -> int:
    """Return a key as a number of 63 bits; with a ``secret`` it cannot be turned back by trying values."""
    digest = blake2b(text.encode(), digest_size=8, key=secret, salt=kind.to_bytes(2, "big")).digest()
    return int.from_bytes(digest, "big") >> 1


def largest_block(sizes: NDArray[np.int64], counts: NDArray[np.int64], people: int) -> int:
    """Return how large a block of a kind may be, from how many blocks there are of each size.

    The smallest come first, until their pairs use up the kind's share of the work.
    """
    order = np.argsort(sizes)
    sizes, counts = sizes[order], counts[order]
    pairs = np.cumsum(counts * sizes * (sizes - 1) // 2)
    fitting = sizes[(pairs <= PAIRS_PER_PERSON * people + FREE_PAIRS) & (sizes <= LARGEST_BLOCK)]
    return int(fitting[-1]) if len(fitting) else 1


@dataclass(slots=True)
class Pairs:
    """Candidate pairs: rows ``a`` < ``b``, and as bits of ``kinds`` which kinds of key they share."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    kinds: NDArray[np.int32]
    caps: dict[int, int]

    def __len__(self) -> int:
        return len(self.a)


def pairs_of_block_rows(rows: NDArray[np.int32], keys: NDArray[np.int64], cap: int) -> NDArray[np.int64]:
    """Return the pairs of rows that share a key, each packed into one number, keys of more than ``cap`` rows left out."""
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, len(keys)))
    found = []
    for size in np.unique(sizes[(sizes > 1) & (sizes <= cap)]):
        members = rows[starts[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(int(size), 1)
        x, y = members[:, left].ravel().astype(np.int64), members[:, right].ravel().astype(np.int64)
        found.append((np.minimum(x, y) << 32) | np.maximum(x, y))
    packed = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    apart: NDArray[np.int64] = packed[(packed >> 32) != (packed & 0xFFFFFFFF)]
    return apart


def joined(blocks: dict[int, NDArray[np.int64]], caps: dict[int, int]) -> Pairs:
    """Return the pairs of all kinds, each once."""
    packed = np.concatenate([*blocks.values(), np.zeros(0, np.int64)])
    bits = np.concatenate(
        [np.full(len(pairs), 1 << kind, np.int32) for kind, pairs in blocks.items()] + [np.zeros(0, np.int32)]
    )
    order = np.argsort(packed, kind="stable")
    packed, bits = packed[order], bits[order]
    starts = (
        np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1]))) if len(packed) else np.zeros(0, np.int64)
    )
    kinds = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    distinct = packed[starts]
    return Pairs((distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32), kinds, caps)


def candidates(people: list[Person]) -> Pairs:
    """Return the candidate pairs among people who are all in memory."""
    rows = {kind.code: array("i") for kind in KINDS}
    keys = {kind.code: array("q") for kind in KINDS}
    for row, person in enumerate(people):
        for kind, text in set(keys_of(person)):
            rows[kind].append(row)
            keys[kind].append(hash((kind, text)))
    blocks, caps = {}, {}
    for kind, values in keys.items():
        if values:
            hashes = np.frombuffer(values, np.int64)
            of_key = np.unique(hashes, return_counts=True)[1]
            caps[kind] = largest_block(*np.unique(of_key, return_counts=True), len(people))
            blocks[kind] = pairs_of_block_rows(np.frombuffer(rows[kind], np.int32), hashes, caps[kind])
    return joined(blocks, caps)
