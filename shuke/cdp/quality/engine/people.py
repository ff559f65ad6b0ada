"""People as columns of numbers: every distinct value stored once, every person an index into it.

Comparing millions of pairs is then array work, and a text is compared with another only once however many pairs have
the two.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shuke.cdp.quality.rules import names

Codes = NDArray[np.int32]
# A person may have several e-mail addresses, phones, postal addresses and keys; more than this say little.
MAX_VALUES = 3

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address, as far as it is known; ``text`` is the street line without city and postcode."""

    text: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of one customer; "" and () mean unknown. A ``birthday`` is YYYYMMDD.

    ``family`` and ``given`` are for sources that keep them apart; otherwise ``name`` is split. ``keys`` are typed ids
    that belong to one person ("tax:123").
    """

    id: int
    name: str = ""
    family: str = ""
    given: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    birthday: str = ""
    keys: tuple[str, ...] = ()


class Vocabulary:
    """Distinct texts and their numbers; 0 is the missing value."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}
        self._derived: dict[Callable[[str], str], tuple[Vocabulary, Codes]] = {}

    def code(self, text: str) -> int:
        """Return the number of a text, giving it one when it is new."""
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found

    def derived(self, make: Callable[[str], str]) -> tuple["Vocabulary", Codes]:
        """Return the vocabulary of what ``make`` makes of each text, and the map from these codes to those."""
        found = self._derived.get(make)
        if found is None or len(found[1]) != len(self.texts):
            other = Vocabulary()
            codes = np.fromiter((other.code(make(text)) for text in self.texts), np.int32, len(self.texts))
            found = self._derived[make] = (other, codes)
        return found


@dataclass(slots=True)
class Roster:
    """People in columns. Columns of one value are arrays of codes; of several, one array per place (``emails[0]``…)."""

    ids: NDArray[np.int64]
    words: Vocabulary
    # Names as written (folded where Latin), and how they sound.
    family: Codes
    given: Codes
    family_sound: Codes
    given_sound: Codes
    is_chinese: NDArray[np.bool_]
    birthday: Codes
    birthdays: Vocabulary
    emails: list[Codes]
    email_texts: Vocabulary
    phones: list[Codes]
    phone_texts: Vocabulary
    streets: list[Codes]
    numbers: list[Codes]
    street_texts: Vocabulary
    postcodes: list[Codes]
    cities: list[Codes]
    place_texts: Vocabulary
    keys: list[Codes]
    key_texts: Vocabulary
    # Shares of frequent values, where they come from a larger crowd than this one; None: counted here.
    known_shares: dict[str, dict[str, float]] | None = None

    def __len__(self) -> int:
        return len(self.ids)


class _Several:
    """Collects up to ``MAX_VALUES`` columns."""

    def __init__(self, size: int) -> None:
        self.columns = [np.zeros(size, np.int32) for _ in range(MAX_VALUES)]
        self.used = 1

    def put(self, row: int, codes: Iterable[int]) -> None:
        for at, code in enumerate(codes):
            if at == MAX_VALUES:
                break
            self.columns[at][row] = code
            self.used = max(self.used, at + 1)

    def filled(self) -> list[Codes]:
        return self.columns[: self.used]


def roster(people: Iterable[Person], size: int) -> Roster:
    """Return ``size`` people as columns, in their order; they are looked at once and not kept."""
    words, born, emails, phones, streets, places, keys = (Vocabulary() for _ in range(7))
    ids = np.zeros(size, np.int64)
    family, given, family_sound, given_sound, birthday = (np.zeros(size, np.int32) for _ in range(5))
    chinese = np.zeros(size, np.bool_)
    email, phone, street, number, postcode, city, key = (_Several(size) for _ in range(7))
    for row, person in enumerate(people):
        ids[row] = person.id
        shown_family, shown_given, is_han = _name(person)
        heard_family, heard_given = names.surname_sound(shown_family), names.fold(shown_given)
        family[row] = words.code(shown_family if is_han else heard_family)
        given[row] = words.code(shown_given if is_han else heard_given)
        family_sound[row], given_sound[row] = words.code(heard_family), words.code(heard_given)
        chinese[row] = is_han
        birthday[row] = born.code(person.birthday)
        email.put(row, map(emails.code, filter(None, person.emails)))
        phone.put(row, map(phones.code, filter(None, person.phones)))
        key.put(row, map(keys.code, filter(None, person.keys)))
        parts = [street_parts(place) for place in person.addresses]
        street.put(row, (streets.code(part[0]) for part in parts))
        number.put(row, (streets.code(part[1]) for part in parts))
        postcode.put(row, (places.code(part[2]) for part in parts))
        city.put(row, (places.code(part[3]) for part in parts))
    return Roster(
        ids, words, family, given, family_sound, given_sound, chinese, birthday, born, email.filled(), emails,
        phone.filled(), phones, street.filled(), number.filled(), streets, postcode.filled(), city.filled(), places,
        key.filled(), keys,
    )  # fmt: skip


def _name(person: Person) -> tuple[str, str, bool]:
    if person.family or person.given:
        is_han = names.is_chinese(person.family + person.given)
        return person.family, person.given, is_han
    parts = names.split(person.name)
    return parts.family, parts.given, parts.is_chinese


@lru_cache(maxsize=50_000)
def street_parts(address: Address) -> tuple[str, str, str, str]:
    """Return street words, house numbers, postcode and city of an address, each folded for comparing.

    >>> street_parts(Address("12b High Street", "SW1A 1AA", "London"))
    ('b high street', '12', 'sw1a1aa', 'london')
    """
    text = names.fold(address.text)
    numbers = "-".join(_DIGITS.findall(text))
    street = " ".join(_DIGITS.sub(" ", text).split())
    return street, numbers, names.fold(address.postcode).replace(" ", ""), names.fold(address.city)


def shares(codes: Codes, texts: Vocabulary, known: dict[str, float] | None = None) -> NDArray[np.float64]:
    """Return for each code the share of people with that value; ``known`` overrides from a larger crowd."""
    counted = np.bincount(codes, minlength=len(texts.texts)).astype(np.float64)
    total = max(1.0, counted[1:].sum())
    result = counted / total
    if known is not None:
        rest = known.get("", 1e-5)
        result = np.fromiter((known.get(text, rest) for text in texts.texts), np.float64, len(texts.texts))
    floored: NDArray[np.float64] = np.maximum(result, 1e-9)
    return floored
