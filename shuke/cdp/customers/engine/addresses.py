"""From an address as somebody wrote it to how it is stored: its normal form and its blind indexes."""

from dataclasses import dataclass

from shuke.cdp.customers.rules import people
from shuke.cdp.customers.rules.consent import KEYS_OF_APPS
from shuke.platform.crypto.blind_index import blind_index, blind_indexes

EMAIL, PHONE, POSTAL = "email", "phone", "address"
PURPOSES = {EMAIL: "customers.email", PHONE: "customers.phone", POSTAL: "customers.address"}
# Of keys of apps no address is stored, but permission is kept under the index of the key.
_KEY_PURPOSE = "customers.app_key"
TAIL_PURPOSE = "customers.phone_tail"


@dataclass(frozen=True, slots=True)
class Stored:
    """An address ready to be stored.

    ``shown`` gets sealed, ``index`` finds it, ``tail`` finds a phone by its last digits. ``mailbox`` is the index under
    which permission is kept where that is another one: of several spellings of one mailbox, a "no" to one is a "no" to
    all.
    """

    kind: str
    shown: str
    index: bytes
    mailbox: bytes | None = None
    tail: bytes | None = None
    # As it is kept, where that was worked out before.
    sealed: bytes | None = None


def read(kind: str, written: str, *, region: str = "") -> Stored | None:
    """Return an address of a kind, however it is written; None for what cannot be one.

    ``region`` (ISO 3166) is where a phone number without a country code belongs.
    """
    if kind == EMAIL:
        normal = people.email(written)
    elif kind == PHONE:
        normal = people.phone(written, region=region)
    else:
        normal = "" if people.is_masked(written) else people.words(written, limit=520)
    return stored(kind, normal) if normal else None


def stored(kind: str, normal: str) -> Stored:
    """Return an address that is in its normal form already, such as one that comes out of its seal."""
    purpose = PURPOSES[kind]
    if kind == EMAIL:
        mailbox = people.mailbox(normal)
        shared = blind_index(purpose, mailbox) if mailbox != normal else None
        return Stored(kind, normal, blind_index(purpose, normal), shared)
    if kind == PHONE:
        tail = blind_index(TAIL_PURPOSE, people.phone_tail(normal))
        return Stored(kind, normal, blind_index(purpose, normal), None, tail)
    return Stored(kind, normal, blind_index(purpose, people.address_key(normal)))


def earlier(new: Stored) -> list[bytes]:
    """Return the indexes that this very address has under earlier keys of the ring."""
    compared = people.address_key(new.shown) if new.kind == POSTAL else new.shown
    return blind_indexes(PURPOSES[new.kind], compared)[1:]


def mailbox_indexes(kind: str, written: str, *, region: str = "") -> list[bytes]:
    """Return the indexes under which permission for an address is kept, one for each key on the ring, newest first.

    Nothing for what cannot be an address, or an address of no known kind.
    """
    if kind == EMAIL:
        normal = people.email(written)
        compared = people.mailbox(normal) if normal else ""
    elif kind == PHONE:
        compared = people.phone(written, region=region)
    elif kind == POSTAL and not people.is_masked(written):
        compared = people.address_key(people.words(written, limit=520))
    elif kind in KEYS_OF_APPS:
        return blind_indexes(_KEY_PURPOSE, f"{kind}:{written.strip()}") if written.strip() else []
    else:
        compared = ""
    return blind_indexes(PURPOSES[kind], compared) if compared else []


def key_index(kind: str, namespace: str, value: str) -> bytes:
    """Return the index under which permission for a key of an app is kept."""
    return blind_index(_KEY_PURPOSE, f"{kind}:{namespace}:{value}")
