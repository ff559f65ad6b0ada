"""A document and what surrounds it to the fields of a message with places, and to what these need."""

import re
from collections.abc import Iterable, Mapping

from shuke.crm.templates.engine.blocks import Around, to_html, to_text
from shuke.crm.templates.engine.liquid import names_in
from shuke.crm.templates.rules import Needs
from shuke.crm.templates.rules import documents as doc
from shuke.crm.templates.rules.documents import Document, EmailDocument, blocks_of

# Fields in which values are made fit for HTML; those that stand in one line; the rest is plain text.
ESCAPED = frozenset({"html"})
ONE_LINE = frozenset({"subject", "preheader", "title", "url", "image"})
PARAM = "param:"
_SNIPPET = re.compile(r"\{\{\s*snippets\.([\w-]+)\s*\}\}")


def prepared(document: Document, around: Around) -> dict[str, str]:
    """Return the fields of a message, each a text with places; a provider's values stand under ``param:name``."""
    if isinstance(document, EmailDocument):
        fields = {
            "subject": document.subject, "preheader": document.preheader, "html": to_html(document, around),
            "text": to_text(document, around),
        }  # fmt: skip
    elif isinstance(document, doc.SmsDocument):
        fields = {"text": document.text, "provider_code": document.provider_code}
    elif isinstance(document, doc.CardDocument):
        fields = {
            "title": document.title, "body": document.body, "url": document.url,
            "image": around.address(document.image), "provider_code": document.provider_code,
        }  # fmt: skip
    else:
        fields = {}
    if not isinstance(document, EmailDocument):
        fields |= {PARAM + name: text for name, text in document.params.items()}
    return {name: with_snippets(text, around.snippets) for name, text in fields.items() if text}


def with_snippets(text: str, snippets: Mapping[str, str]) -> str:
    """Return a text with the snippets it names put in; one that is not there stays, for the checks to find."""
    return _SNIPPET.sub(lambda found: snippets.get(found.group(1), found.group()), text)


def snippets_in(document: Document) -> frozenset[str]:
    """Return the codes of the snippets that a document contains."""
    whole = document.model_dump_json()
    codes = set(_SNIPPET.findall(whole))
    if isinstance(document, EmailDocument):
        codes |= {block.code for _place, block in blocks_of(document) if isinstance(block, doc.SnippetBlock)}
    return frozenset(codes)


def needs_of(documents: Iterable[Document], texts: Iterable[str]) -> Needs:
    """Return what some documents need, and the texts compiled from them. Raises ``Stopped``."""
    variables: set[str] = set()
    bare: set[str] = set()
    for text in texts:
        for named in names_in(text):
            variables.add(named.path)
            if named.needs_value:
                bare.add(named.path)
    products: dict[int, None] = {}
    lists: dict[str, int] = {}
    has_coupon = any(path.split(".", 1)[0] == "coupon" for path in variables)
    for document in documents:
        for _place, block in blocks_of(document) if isinstance(document, EmailDocument) else ():
            if isinstance(block, doc.Products):
                products |= dict.fromkeys(block.products)
            elif isinstance(block, doc.Recommendations):
                lists[block.list] = max(block.count, lists.get(block.list, 0))
    return Needs(
        tuple(sorted(variables)), tuple(sorted(bare)), tuple(products), tuple(sorted(lists.items())), has_coupon
    )
