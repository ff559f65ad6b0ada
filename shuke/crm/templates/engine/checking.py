"""What is wrong with a text before anybody gets it. Pure: facts about pictures, products and attributes are handed in.

An error keeps a version from being published; a warning does not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override

from shuke.crm.templates import rules
from shuke.crm.templates.engine.blocks import Around
from shuke.crm.templates.engine.compiling import ESCAPED, snippets_in
from shuke.crm.templates.engine.liquid import Piece, Stopped, names_in, unknown_filters
from shuke.crm.templates.rules import documents as doc
from shuke.crm.templates.rules.counting import length
from shuke.crm.templates.rules.documents import Document, EmailDocument, blocks_of
from shuke.crm.templates.rules.markup import PLACE, links
from shuke.crm.templates.rules.pictures import HEAVY_BYTES
from shuke.crm.templates.rules.variables import HAPPENED, always_known, is_known
from shuke.crm.templates.rules.words import REFUSALS

ERROR, WARNING = "error", "warning"
# Beyond this some mailboxes cut a message off, with what stands at its end.
CLIPPED_BYTES = 102_000
PICTURE = "picture:"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: how bad, what (a code with facts), and where."""

    # ``error`` or ``warning``.
    level: str
    code: str
    place: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What checks need to know: codes of attributes, sizes of pictures by reference, products that are there."""

    attributes: frozenset[str] = frozenset()
    pictures: Mapping[str, int] = field(default_factory=dict)
    products: frozenset[int] = frozenset()


def check(
    document: Document, prepared: Mapping[str, str], *, purpose: str, around: Around, known: Known
) -> list[Finding]:
    """Return everything that is wrong with a text in one language, errors first."""
    found = [
        *_of_liquid(prepared, known), *_of_snippets(document, around), *_of_addresses(document),
        *_of_purpose(document, prepared, purpose, around),
    ]  # fmt: skip
    if isinstance(document, EmailDocument):
        found += [*_of_email(document, prepared, known), *_of_html(document)]
    elif isinstance(document, doc.SmsDocument):
        found += _of_sms(document, purpose, around)
    elif not any(prepared.values()):
        found.append(Finding(ERROR, "empty"))
    distinct = {(one.level, one.code, one.place, str(sorted(one.facts.items()))): one for one in found}
    return sorted(distinct.values(), key=lambda one: one.level != ERROR)


# Markup in a fallback would reach the message as it stands.
_QUOTED = re.compile(r"""\"[^\"]*<[a-zA-Z/!][^\"]*\"|'[^']*<[a-zA-Z/!][^']*'""")


def _of_liquid(prepared: Mapping[str, str], known: Known) -> Iterator[Finding]:
    """What a text names that is not there, what it names without a fallback, and whether it ends at all."""
    for name, text in prepared.items():
        try:
            for named in names_in(text):
                if not is_known(named.path, known.attributes):
                    yield Finding(ERROR, "unknown_variable", name, {"name": named.path})
                elif named.needs_value and not always_known(named.path) and _is_of_person(named.path):
                    yield Finding(WARNING, "no_fallback", name, {"name": named.path})
            for place in PLACE.findall(text):
                if _QUOTED.search(place):
                    yield Finding(ERROR, "markup_in_value", name, {"name": place[:60]})
            for filter_name in unknown_filters(text):
                yield Finding(ERROR, "unknown_filter", name, {"name": filter_name})
            Piece(text, escapes=name in ESCAPED).fill(everything_known(text))
        except Stopped as refusal:
            yield Finding(ERROR, f"liquid_{refusal.code}", name, {"detail": refusal.detail})


def _is_of_person(path: str) -> bool:
    return path.split(".", 1)[0] not in HAPPENED


class _Plenty(dict[str, Any]):
    """Values that are all there: whatever is asked for below them, there is something, twenty times where it is a list."""

    def __missing__(self, key: str) -> Any:
        return "0"


def everything_known(text: str) -> dict[str, Any]:
    """Return values for a trial: everything that a text names is there, long lists included."""
    item = _Plenty(title="Title", price="1.00", url="https://example.com/", image="")
    values: dict[str, Any] = {"language": "en"}
    for named in names_in(text):
        steps = named.path.split(".")
        below = values
        for step in steps[:-1]:
            inner = below.setdefault(step, _Plenty())
            if not isinstance(inner, dict):
                break
            below = inner
        else:
            last = steps[-1]
            is_list = steps[0] == "picks" or last == "products"
            below.setdefault(last, [item] * 20 if is_list else date(2026, 1, 31) if last.endswith("_on") else "0")
    return values


def _of_snippets(document: Document, around: Around) -> Iterator[Finding]:
    for code in sorted(snippets_in(document)):
        if not around.snippets.get(code):
            yield Finding(ERROR, "unknown_snippet", "", {"name": code})


# -- addresses

_GOOD = re.compile(r"^(https?://[^\s]+|mailto:[^\s]+|tel:[\d+*#() -]+|\{\{.+\}\}.*)$", re.DOTALL)


def _of_addresses(document: Document) -> Iterator[Finding]:
    for place, address in _addresses(document):
        if not address:
            yield Finding(ERROR, "no_address", place)
        elif not _GOOD.match(address):
            yield Finding(ERROR, "bad_address", place, {"address": address[:80]})


def _addresses(document: Document) -> Iterator[tuple[str, str]]:
    if isinstance(document, doc.CardDocument):
        if document.url:
            yield "url", document.url
        return
    for place, block in blocks_of(document) if isinstance(document, EmailDocument) else ():
        if isinstance(block, doc.Button) or (isinstance(block, doc.Image) and block.href):
            yield place, block.href
        elif isinstance(block, doc.Heading | doc.Paragraph | doc.Footer):
            yield from ((place, one) for one in links(block.text))


# -- what a purpose asks for

_PROMOTING = re.compile(
    r"\b(?:discount|sale|% off|coupon|voucher|promo(?:tion)?|special offer)\b|折扣|优惠|促销|满减|特价|秒杀|红包",
    re.IGNORECASE,
)


def _of_purpose(document: Document, prepared: Mapping[str, str], purpose: str, around: Around) -> Iterator[Finding]:
    whole = "\n".join(prepared.values())
    if purpose == rules.TRANSACTIONAL:
        for place, block in blocks_of(document) if isinstance(document, EmailDocument) else ():
            if isinstance(block, doc.Coupon | doc.Recommendations | doc.Products) and (
                not isinstance(block, doc.Products) or block.source == "chosen"
            ):
                yield Finding(ERROR, "promotion_in_transactional", place, {"kind": block.kind})
        if "coupon." in whole and not any(isinstance(b, doc.Coupon) for _p, b in _blocks(document)):
            yield Finding(ERROR, "promotion_in_transactional", "", {"kind": "coupon"})
        if said := _PROMOTING.search(PLACE.sub(" ", _words_of(document))):
            yield Finding(WARNING, "promoting_words", "", {"word": said.group()})
    if purpose == rules.MARKETING and isinstance(document, EmailDocument):
        if "unsubscribe_url" not in prepared.get("html", ""):
            yield Finding(ERROR, "no_unsubscribe")
        elif "unsubscribe_url" not in prepared.get("text", ""):
            yield Finding(WARNING, "no_unsubscribe_in_text")
        if not around.brand.postal_address:
            yield Finding(WARNING, "no_postal_address")
        if around.language == "zh-hans" and not re.search(r"广告|\bAD\b", document.subject):
            yield Finding(WARNING, "not_marked_as_advertising", "subject")


def _blocks(document: Document) -> Iterator[tuple[str, Any]]:
    return blocks_of(document) if isinstance(document, EmailDocument) else iter(())


def _words_of(document: Document) -> str:
    return document.model_dump_json()


# -- e-mail


def _of_email(document: EmailDocument, prepared: Mapping[str, str], known: Known) -> Iterator[Finding]:
    if not document.subject:
        yield Finding(ERROR, "no_subject", "subject")
    if not document.preheader:
        yield Finding(WARNING, "no_preheader", "preheader")
    if not document.blocks:
        yield Finding(ERROR, "empty")
    weight = len(prepared.get("html", "").encode())
    if weight > CLIPPED_BYTES:
        yield Finding(WARNING, "clipped", "", {"kilobytes": weight // 1_000})
    for place, block in blocks_of(document):
        if isinstance(block, doc.Image):
            yield from _of_image(place, block, known)
        elif isinstance(block, doc.Products) and block.source == "chosen":
            if not block.products:
                yield Finding(ERROR, "no_products", place)
            for pk in block.products:
                if pk not in known.products:
                    yield Finding(ERROR, "unknown_product", place, {"number": pk})


def _of_image(place: str, block: doc.Image, known: Known) -> Iterator[Finding]:
    if not block.src:
        yield Finding(ERROR, "no_picture", place)
    elif block.src.startswith(PICTURE):
        size = known.pictures.get(block.src)
        if size is None:
            yield Finding(ERROR, "unknown_picture", place)
        elif size > HEAVY_BYTES:
            yield Finding(WARNING, "heavy_picture", place, {"kilobytes": size // 1_000})
    elif not block.src.startswith(("https://", "{{")):
        yield Finding(ERROR if not block.src.startswith("http://") else WARNING, "insecure_picture", place)
    if not block.alt:
        yield Finding(WARNING, "no_alt", place)


_FORBIDDEN = frozenset("script iframe object embed form input button link meta base style svg video audio".split())
_EMPTY = frozenset("area br col hr img wbr".split())


class _Reader(HTMLParser):
    """Looks for what mailboxes throw away or stumble over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORBIDDEN:
            self.found.append(("forbidden_tag", tag))
        self.found += [("forbidden_attribute", name) for name, _value in attrs if name.startswith("on")]
        self.found += [
            ("forbidden_attribute", f"{name}={value[:30]}")
            for name, value in attrs
            if value and name in {"href", "src"} and re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE)
        ]
        if tag not in _EMPTY:
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.open.pop()

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.found.append(("broken_html", tag))
            return
        self.open.pop()


def _of_html(document: EmailDocument) -> Iterator[Finding]:
    for place, block in blocks_of(document):
        if not isinstance(block, doc.Html):
            continue
        reader = _Reader()
        reader.feed(PLACE.sub("", block.html))
        reader.close()
        for code, name in reader.found:
            yield Finding(ERROR, code, place, {"name": name})
        if reader.open and not any(code == "broken_html" for code, _name in reader.found):
            yield Finding(ERROR, "broken_html", place, {"name": reader.open[-1]})


# -- text messages

_MANY_PARTS = 3


def _of_sms(document: doc.SmsDocument, purpose: str, around: Around) -> Iterator[Finding]:
    if not document.text and not document.provider_code:
        yield Finding(ERROR, "empty")
    parts = length(PLACE.sub("", document.text)).parts
    if parts > _MANY_PARTS:
        yield Finding(WARNING, "many_parts", "text", {"parts": parts})
    if purpose == rules.MARKETING and document.text:
        if not any(word in document.text for words in REFUSALS.values() for word in words):
            yield Finding(ERROR, "no_refusal", "text")
        if around.language == "zh-hans" and not re.search(r"【[^】]+】", document.text):
            yield Finding(WARNING, "no_signature", "text")
