"""Looking at a text with everything around it: compiled as it would be published, checked, and shown to somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.catalog import queries as catalog
from shuke.crm.templates import queries
from shuke.crm.templates.engine.blocks import Around
from shuke.crm.templates.engine.checking import ERROR, PICTURE, Finding, Known, check
from shuke.crm.templates.engine.compiling import needs_of, prepared, snippets_in
from shuke.crm.templates.engine.liquid import Stopped
from shuke.crm.templates.errors import BadTemplate
from shuke.crm.templates.models import Picture, Snippet
from shuke.crm.templates.queries.people import public_url
from shuke.crm.templates.rules import Needs
from shuke.crm.templates.rules import documents as doc
from shuke.crm.templates.rules.documents import Document, EmailDocument, Misfit, blocks_of, read
from shuke.crm.templates.rules.words import WORDS


@dataclass(frozen=True, slots=True)
class Looked:
    """A text as it would be sent: its fields with places, and what is wrong with it."""

    language: str
    document: Document
    prepared: Mapping[str, str]
    findings: list[Finding]

    @property
    def is_good(self) -> bool:
        """Whether it can be published."""
        return not any(one.level == ERROR for one in self.findings)


def read_document(channel: str, said: Any) -> Document:
    """Read what was written. Raises ``BadTemplate`` with place and reason."""
    try:
        return read(channel, said)
    except Misfit as refusal:
        raise BadTemplate("%(place)s: %(reason)s", place=refusal.place, reason=refusal.reason) from refusal


def looked_at(channel: str, purpose: str, documents: Mapping[str, Any]) -> dict[str, Looked]:
    """Return the texts of a version by language, compiled and checked, in a fixed number of queries.

    Raises ``BadTemplate`` for what cannot be read.
    """
    found = {language: read_document(channel, said) for language, said in sorted(documents.items())}
    known, pictures = _known(found)
    codes = {code for document in found.values() for code in snippets_in(document)}
    shared = list(Snippet.objects.filter(code__in=codes))
    brand = queries.brand()
    looked: dict[str, Looked] = {}
    for language, document in found.items():
        texts = {one.code: one.texts.get(language) or next(iter(one.texts.values()), "") for one in shared}
        around = Around(brand, language, WORDS[language], texts, pictures)
        fields = prepared(document, around)
        findings = check(document, fields, purpose=purpose, around=around, known=known)
        looked[language] = Looked(language, document, fields, findings)
    return looked


def needs_of_looked(looked: Mapping[str, Looked]) -> Needs:
    """Return what some texts need together; nothing of a text that cannot be read."""
    readable = [one for one in looked.values() if not any(f.code.startswith("liquid_") for f in one.findings)]
    try:
        return needs_of(
            [one.document for one in readable], [text for one in readable for text in one.prepared.values()]
        )
    except Stopped as refusal:
        raise queries.stopped(refusal) from refusal


def _known(documents: Mapping[str, Document]) -> tuple[Known, dict[str, str]]:
    """Return what the checks need, and the addresses of the pictures that are used."""
    sources: set[str] = {queries.brand().logo}
    products: set[int] = set()
    for document in documents.values():
        if isinstance(document, doc.CardDocument):
            sources.add(document.image)
        for _place, block in blocks_of(document) if isinstance(document, EmailDocument) else ():
            if isinstance(block, doc.Image):
                sources.add(block.src)
            elif isinstance(block, doc.Products):
                products |= set(block.products)
    uuids = [one.removeprefix(PICTURE) for one in sources if one.startswith(PICTURE)]
    rows = {f"{PICTURE}{one.uuid}": one for one in Picture.objects.filter(uuid__in=_uuids(uuids))}
    addresses = {reference: picture_url(one) for reference, one in rows.items()}
    known = Known(
        attributes=frozenset(one.code for one in attributes.active()),
        pictures={reference: one.size for reference, one in rows.items()},
        products=frozenset(catalog.products_of(products)) if products else frozenset(),
    )
    return known, addresses


def _uuids(said: list[str]) -> list[str]:
    return [one for one in said if queries.as_uuid(one) is not None]


def picture_url(picture: Picture) -> str:
    """Return where a picture is fetched from, by anybody who reads a message with it."""
    return public_url(f"/p/pictures/{picture.uuid}.{picture.kind}")
