"""How an address is written for another company's machines, and what has changed since they were told.

The layouts follow what advertisers ask for: addresses are normalised, then hashed, so that they can be matched and not
read. Meta: lower-case e-mail, phone as digits with country code, SHA-256. Google: dots and ``+tag`` of Gmail addresses left
out, phone in E.164 with the plus, SHA-256. Mainland platforms: the eleven digits of a mobile number, SHA-256 or MD5.
"""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

EMAIL, PHONE = "email", "sms"
_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def gmail_folded(email: str) -> str:
    """Return an e-mail address as Google compares it.

    >>> [gmail_folded(one) for one in ("Ada.L+shop@gmail.com", "ada.l+shop@example.com")]
    ['adal@gmail.com', 'ada.l+shop@example.com']
    """
    local, _at, host = email.strip().lower().rpartition("@")
    if host in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{host}"


def mainland_mobile(phone: str) -> str:
    """Return the eleven digits of a mainland mobile number given in E.164, or "" for any other.

    >>> [mainland_mobile(one) for one in ("+8613812345678", "+447700900123", "+862112345678")]
    ['13812345678', '', '']
    """
    digits = phone.removeprefix("+86")
    return digits if phone.startswith("+86") and len(digits) == 11 and digits[0] == "1" else ""


# By layout and channel: the column it stands in, and how an address is written there ("" for one that cannot be).
LAYOUTS: Mapping[str, Mapping[str, tuple[str, Callable[[str], str]]]] = MappingProxyType({
    "meta": {
        EMAIL: ("email", lambda address: _sha256(address.strip().lower())),
        PHONE: ("phone", lambda address: _sha256(address.removeprefix("+"))),
    },
    "google": {
        EMAIL: ("Email", lambda address: _sha256(gmail_folded(address))),
        PHONE: ("Phone", _sha256),
    },
    "mainland_sha256": {PHONE: ("mobile_sha256", lambda address: _hashed(mainland_mobile(address), _sha256))},
    "mainland_md5": {PHONE: ("mobile_md5", lambda address: _hashed(mainland_mobile(address), _md5))},
})  # fmt: skip
# Ids and nothing else: for systems of the company itself.
IDS = "ids"
ID_COLUMNS = ("customer", "external_id")


def _hashed(text: str, way: Callable[[str], str]) -> str:
    return way(text) if text else ""


def channels_of(layout: str) -> tuple[str, ...]:
    """Return the channels whose addresses a layout uses."""
    return tuple(LAYOUTS.get(layout, ()))


def columns_of(layout: str) -> tuple[str, ...]:
    """Return the heading of a layout."""
    return ID_COLUMNS if layout == IDS else tuple(column for column, _way in LAYOUTS[layout].values())


def line_of(layout: str, channel: str, address: str) -> dict[str, str] | None:
    """Return an address as a layout writes it; None where it cannot be written there."""
    column, way = LAYOUTS[layout][channel]
    written = way(address)
    return {column: written} if written else None
