"""Opening what people wrote. Whoever calls this has checked who may read it."""

from collections.abc import Iterable

from shuke.cdp.ingest.queries.cleaning import without_contacts
from shuke.insight.voice.models import Text
from shuke.platform.crypto.sealing import unseal

SEALED_AS = b"voice.text"


def body_of(text: Text) -> str:
    """Return what a text says."""
    return unseal(bytes(text.sealed), context=SEALED_AS)


def bodies_of(rows: Iterable[tuple[int, bytes | memoryview]]) -> list[tuple[int, str]]:
    """Return what texts say, by id, of rows of id and sealed words."""
    return [(pk, unseal(bytes(sealed), context=SEALED_AS)) for pk, sealed in rows]


def masked(text: Text) -> str:
    """Return what a text says without contacts and the writer's name, for those who may not see them."""
    return without_contacts(body_of(text), names=text.customer.name.split() if text.customer else ())
