"""Names as they should be written, and dates nobody is born on. Tidying twice changes nothing more."""

import re
from datetime import date

from shuke.cdp.quality.rules import names

_CONTACT = re.compile(r"@|\d{6,}")
_PLACEHOLDER_DAYS = frozenset(
    {(1900, 1, 1), (1970, 1, 1), (1901, 1, 1), (1111, 11, 11), (1899, 12, 30), (1899, 12, 31)}
)


def tidy_name(shown: str) -> str:
    """Return a name without titles, in the order of its language, capitals only where they belong.

    >>> tidy_name("Lovelace, Ada"), tidy_name("MR JOHN MCDONALD"), tidy_name("张三先生"), tidy_name("Ada van Dyck")
    ('Ada Lovelace', 'John Mcdonald', '张三', 'Ada van Dyck')
    """
    if is_no_name(shown):
        return shown
    parts = names.split(shown)
    whole = parts.whole
    if parts.family.startswith("·") or not whole.strip():
        return " ".join(shown.split())
    if parts.is_chinese:
        # A title is part of how somebody known by surname alone is called.
        return whole if parts.given and parts.family else " ".join(shown.split())
    if parts.title and not parts.family:
        return " ".join(shown.split())
    shouted = whole.isupper() and len(whole) > 3
    whispered = whole.islower()
    if "," not in shown and not parts.title:
        whole = " ".join(shown.split())
    return _capitalised(whole) if shouted or whispered else whole


def _capitalised(text: str) -> str:
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda word: word[0][:1].title() + word[0][1:].lower(), text)


def is_no_name(shown: str) -> bool:
    """Whether a name is an address or a number instead.

    >>> is_no_name("ada@example.com"), is_no_name("13812345678"), is_no_name("R2 D2")
    (True, True, False)
    """
    return bool(_CONTACT.search(shown))


def is_implausible_birthday(born: date, today: date) -> bool:
    """Whether nobody alive is born on that day, or it is what forms put in by themselves."""
    return born > today or today.year - born.year > 115 or (born.year, born.month, born.day) in _PLACEHOLDER_DAYS
