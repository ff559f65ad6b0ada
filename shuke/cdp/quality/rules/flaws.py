"""Finding what is wrong with a customer's values, and what would mend it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import phonenumbers

from shuke.cdp.quality.rules import addresses, emails, tidying


@dataclass(frozen=True, slots=True)
class Mend:
    """One value to change: a column of the customer or a channel. "" after means to remove an address."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """A flaw, with what would mend it; without, only a person can say."""

    flaw: str
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one customer that are looked at."""

    name: str = ""
    region: str = ""
    city: str = ""
    birthday: date | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def flaws(values: Values, *, today: date) -> list[Found]:
    """Return everything wrong with one customer's values. Once mended, nothing of the same flaw is found again."""
    return [*_of_emails(values.emails), *_of_phones(values.phones), *_of_profile(values, today)]


def _of_emails(written: Iterable[str]) -> Iterator[Found]:
    for address in written:
        if not emails.is_valid(address):
            yield Found("email_invalid", (Mend("email", address, ""),))
            continue
        if meant := emails.hint(address):
            yield Found("email_typo", (Mend("email", address, meant),))
        if emails.is_role(address):
            yield Found("email_role")
        if emails.is_disposable(address):
            yield Found("email_disposable", (Mend("email", address, ""),))


def _of_phones(written: Iterable[str]) -> Iterator[Found]:
    for number in written:
        try:
            read = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            yield Found("phone_invalid", (Mend("phone", number, ""),))
            continue
        if not phonenumbers.is_valid_number(read):
            yield Found("phone_invalid", (Mend("phone", number, ""),))
            continue
        shown = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
        if shown != number:
            yield Found("phone_format", (Mend("phone", number, shown),))


def _of_profile(values: Values, today: date) -> Iterator[Found]:
    missing = {name for name in ("region", "city") if not getattr(values, name)}
    if missing and len(values.addresses) == 1:
        read = addresses.parts(values.addresses[0])
        agrees = values.city in ("", read.city) and values.region in ("", read.region)
        mends = tuple(Mend(name, "", getattr(read, name)) for name in sorted(missing) if getattr(read, name) and agrees)
        if mends:
            yield Found("place_in_address", mends)
    if values.name:
        if tidying.is_no_name(values.name):
            yield Found("name_not_a_name")
        elif (tidied := tidying.tidy_name(values.name)) != values.name and tidied:
            yield Found("name_untidy", (Mend("name", values.name, tidied),))
    if values.birthday and tidying.is_implausible_birthday(values.birthday, today):
        yield Found("birthday_implausible")
