"""Blocks to MJML to HTML with places for Liquid, and to plain text.

MJML makes a layout that mailboxes of all kinds show alike. What people wrote passes through it as opaque signs, so that
nothing they write can break the layout, and no place of Liquid is taken for markup.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from typing_extensions import override

from shuke.crm.templates.rules import FONTS, BrandKit
from shuke.crm.templates.rules import documents as doc
from shuke.crm.templates.rules.markup import around_places, attribute, html, plain, words


@dataclass(frozen=True, slots=True)
class Around:
    """What a document is compiled with: the company's looks, shared texts, and where pictures are found."""

    brand: BrandKit
    language: str
    says: Mapping[str, str]
    snippets: Mapping[str, str]
    # Addresses of pictures of ours, by what stands in ``src``.
    pictures: Mapping[str, str]
    # What people wrote, while MJML works on the layout around it.
    kept: list[str] = field(default_factory=list)

    def keep(self, text: str) -> str:
        """Return an opaque sign for a piece of finished HTML, or of an attribute: MJML never sees what it says."""
        self.kept.append(text)
        return f"@@kept:{len(self.kept) - 1}@@"

    def address(self, src: str) -> str:
        """Return where a picture is fetched from."""
        return self.pictures.get(src, src)


_SIGN = re.compile(r"@@kept:(\d+)@@")


def to_html(document: doc.EmailDocument, around: Around) -> str:
    """Return an e-mail as HTML with places."""
    from mjml import mjml2html

    around.kept.clear()
    made = str(mjml2html(_mjml(document, around), fonts={}, disable_comments=True))
    return _SIGN.sub(lambda found: around.kept[int(found.group(1))], made)


def _mjml(document: doc.EmailDocument, around: Around) -> str:
    brand = around.brand
    head = (
        f'<mj-attributes><mj-all font-family="{FONTS[brand.font]}" color="{brand.ink}" />'
        '<mj-text font-size="16px" line-height="1.6" padding="8px 24px" />'
        f'<mj-section background-color="{brand.paper}" padding="0" css-class="paper" />'
        f'<mj-button background-color="{brand.primary}" color="{brand.on_primary}" border-radius="8px" font-size="16px" '
        'inner-padding="14px 28px" padding="12px 24px" />'
        '<mj-image padding="8px 24px" border-radius="8px" /><mj-divider border-width="1px" border-color="#d5dad6" '
        'padding="12px 24px" /><mj-table padding="8px 24px" font-size="15px" line-height="1.5" /></mj-attributes>'
        f"<mj-style>{_DARK}</mj-style>"
    )
    preheader = f"<mj-preview>{around.keep(words(document.preheader))}</mj-preview>" if document.preheader else ""
    body = "".join(_sections(document.blocks, around))
    return (
        f'<mjml lang="{"zh-Hans" if around.language == "zh-hans" else around.language}"><mj-head>'
        f"<mj-title>{around.keep(words(document.subject))}</mj-title>{preheader}{head}</mj-head>"
        f'<mj-body background-color="{brand.ground}" css-class="ground">{_logo(around)}{body}'
        '<mj-section css-class="ground" background-color="transparent"><mj-column><mj-spacer height="24px" />'
        "</mj-column></mj-section></mj-body></mjml>"
    )


_DARK = (
    ":root { color-scheme: light dark; supported-color-schemes: light dark; }"
    "@media (prefers-color-scheme: dark) {"
    "body, .ground { background-color: #12181a !important; }"
    ".paper, .paper > table { background-color: #1c2427 !important; }"
    ".paper div, .paper td, .paper h1, .paper h2, .paper h3, .ground div { color: #e6ebe8 !important; }"
    ".paper a.text, .ground a { color: #9fd8c6 !important; }"
    "}"
)


def _logo(around: Around) -> str:
    brand = around.brand
    if not brand.logo:
        return ""
    href = f' href="{around.keep(attribute(brand.site_url))}"' if brand.site_url else ""
    return (
        '<mj-section><mj-column><mj-image border-radius="0" align="left" width="160px" padding="24px 24px 8px"'
        f' src="{around.keep(attribute(around.address(brand.logo)))}" alt="{around.keep("{{ company.name }}")}"{href} /></mj-column></mj-section>'
    )


def _sections(blocks: Sequence[Any], around: Around) -> list[str]:
    """Return sections of MJML: what stands below each other shares one; columns and the footer have their own."""
    made: list[str] = []
    column: list[str] = []

    def close() -> None:
        if column:
            made.append(f"<mj-section><mj-column>{''.join(column)}</mj-column></mj-section>")
            column.clear()

    for block in blocks:
        if isinstance(block, doc.Columns):
            close()
            inside = "".join(
                f"<mj-column>{''.join(_piece(b, around) for b in one)}</mj-column>" for one in block.columns
            )
            made.append(f"<mj-section>{inside}</mj-section>")
        elif isinstance(block, doc.Footer):
            close()
            made.append(_footer(block, around))
        else:
            column.append(_piece(block, around))
    close()
    return made


def _piece(block: Any, around: Around) -> str:
    """Return one block as an element of MJML."""
    return _PIECES[block.kind](block, around)


def _heading(block: doc.Heading, around: Around) -> str:
    size, tag = {1: 28, 2: 22, 3: 18}[block.level], f"h{block.level}"
    text = f'<{tag} style="margin:0;font-size:{size}px;line-height:1.3">{html(block.text)}</{tag}>'
    return f'<mj-text align="{block.align}" padding="16px 24px 4px">{around.keep(text)}</mj-text>'


def _paragraph(block: doc.Paragraph, around: Around) -> str:
    return f'<mj-text align="{block.align}">{around.keep(html(block.text))}</mj-text>'


def _snippet(block: doc.SnippetBlock, around: Around) -> str:
    return f"<mj-text>{around.keep(html(around.snippets.get(block.code, '')))}</mj-text>"


def _image(block: doc.Image, around: Around) -> str:
    href = f' href="{around.keep(attribute(block.href))}"' if block.href else ""
    source, alt = around.keep(attribute(around.address(block.src))), around.keep(attribute(block.alt))
    return f'<mj-image src="{source}" alt="{alt}" width="{block.width}px"{href} />'


def _button(block: doc.Button, around: Around) -> str:
    href, text = around.keep(attribute(block.href)), around.keep(words(block.text))
    return f'<mj-button align="{block.align}" href="{href}">{text}</mj-button>'


def _divider(_block: doc.Divider, _around: Around) -> str:
    return "<mj-divider />"


def _spacer(block: doc.Spacer, _around: Around) -> str:
    return f'<mj-spacer height="{block.height}px" />'


def _own(block: doc.Html, around: Around) -> str:
    return f"<mj-text>{around.keep(block.html)}</mj-text>"


# -- products

_ROW = (
    '<tr><td style="padding:8px 0;width:88px;vertical-align:middle">{%% if %(p)s.image %%}<img src="{{ %(p)s.image }}" '
    'width="80" alt="" style="border-radius:6px;display:block">{%% endif %%}</td><td style="padding:8px 0;vertical-align:middle"><strong>{{ %(p)s.title }}</strong>%(price)s</td>'
    '<td style="padding:8px 0;text-align:right;vertical-align:middle">{%% if %(p)s.url %%}<a class="text" href="{{ %(p)s.url }}" '
    'style="color:%(colour)s">%(look)s</a>{%% endif %%}</td></tr>'
)


def _row(path: str, around: Around, *, with_price: bool) -> str:
    price = f"{{% if {path}.price %}}<br>{{{{ {path}.price }}}}{{% endif %}}" if with_price else ""
    return _ROW % {
        "p": path, "price": price, "colour": around.brand.primary, "look": escape(around.says["look"]),
    }  # fmt: skip


def _products(block: doc.Products, around: Around) -> str:
    if block.source == "event":
        row = _row("item", around, with_price=block.with_price)
        return _table(around, f"{{% for item in cart.products %}}{row}{{% endfor %}}")
    rows = (
        f"{{% if goods.p{pk} %}}{_row(f'goods.p{pk}', around, with_price=block.with_price)}{{% endif %}}"
        for pk in block.products
    )
    return _table(around, "".join(rows))


def _recommendations(block: doc.Recommendations, around: Around) -> str:
    heading = (
        f'<tr><td colspan="3" style="padding:8px 0"><strong>{html(block.heading)}</strong></td></tr>'
        if block.heading
        else ""
    )
    row = _row("item", around, with_price=block.with_price)
    rows = f"{{% for item in picks.{block.list} limit: {block.count} %}}{row}{{% endfor %}}"
    return _table(around, f"{{% if picks.{block.list}.size > 0 %}}{heading}{rows}{{% endif %}}")


def _table(around: Around, rows: str) -> str:
    return f"<mj-table>{around.keep(rows)}</mj-table>"


def _coupon(block: doc.Coupon, around: Around) -> str:
    text = f"{html(block.text)}<br>" if block.text else ""
    says, colour = around.says, around.brand.primary
    inside = (
        f'<div style="border:2px dashed {colour};border-radius:8px;padding:16px">{text}'
        f'<span style="font-size:13px">{escape(says["code"])}</span><br>'
        '<strong style="font-size:24px;letter-spacing:2px">{{ coupon.code }}</strong>'
        f'{{% if coupon.expires_on %}}<br><span style="font-size:13px">{escape(says["until"])} '
        "{{ coupon.expires_on | day }}</span>{% endif %}</div>"
    )
    return f'<mj-text align="center" padding="16px 24px">{around.keep(inside)}</mj-text>'


def _footer(block: doc.Footer, around: Around) -> str:
    says = around.says
    text = f"{html(block.text)}<br>" if block.text else ""
    postal = f"<br>{words(around.brand.postal_address)}" if around.brand.postal_address else ""
    inside = (
        f"{text}{{{{ company.name }}}}{postal}<br>"
        f'<a class="text" href="{{{{ preferences_url }}}}">{escape(says["preferences"])}</a> · '
        f'<a class="text" href="{{{{ unsubscribe_url }}}}">{escape(says["unsubscribe"])}</a>'
    )
    return (
        '<mj-section background-color="transparent" css-class="ground"><mj-column>'
        f'<mj-text align="center" font-size="13px" color="#5d6a66" padding="20px 24px">{around.keep(inside)}</mj-text>'
        "</mj-column></mj-section>"
    )


_PIECES: Mapping[str, Callable[[Any, Around], str]] = {
    "heading": _heading, "text": _paragraph, "snippet": _snippet, "image": _image, "button": _button,
    "products": _products, "recommendations": _recommendations, "coupon": _coupon, "divider": _divider,
    "spacer": _spacer, "html": _own,
}  # fmt: skip


# -- plain text


def to_text(document: doc.EmailDocument, around: Around) -> str:
    """Return an e-mail as plain text with places."""
    return "\n\n".join(_all_said(document.blocks, around)) + "\n"


def _all_said(blocks: Sequence[Any], around: Around) -> list[str]:
    return [part for block in blocks if (part := _SAID[block.kind](block, around))]


def _image_said(block: doc.Image, _around: Around) -> str:
    return " ".join(one for one in (block.alt, block.href and f"({block.href})") if one)


def _coupon_said(block: doc.Coupon, around: Around) -> str:
    return f"{plain(block.text)}\n{around.says['code']}: {{{{ coupon.code }}}}".strip()


def _columns_said(block: doc.Columns, around: Around) -> str:
    return "\n\n".join(part for one in block.columns for part in _all_said(one, around))


def _listed(block: doc.Products | doc.Recommendations, _around: Around) -> str:
    price = "{% if item.price %} {{ item.price }}{% endif %}" if block.with_price else ""
    line = f"- {{{{ item.title }}}}{price}{{% if item.url %}} {{{{ item.url }}}}{{% endif %}}\n"
    if isinstance(block, doc.Recommendations):
        heading = f"{plain(block.heading)}\n" if block.heading else ""
        loop = f"{{% for item in picks.{block.list} limit: {block.count} %}}{line}{{% endfor %}}"
        return f"{{% if picks.{block.list}.size > 0 %}}{heading}{loop}{{% endif %}}"
    if block.source == "event":
        return f"{{% for item in cart.products %}}{line}{{% endfor %}}"
    return "".join(
        f"{{% if goods.p{pk} %}}{line.replace('item.', f'goods.p{pk}.')}{{% endif %}}" for pk in block.products
    )


def _last_words(block: doc.Footer, around: Around) -> str:
    says = around.says
    lines = [
        plain(block.text), "{{ company.name }}", around.brand.postal_address,
        f"{says['preferences']}: {{{{ preferences_url }}}}", f"{says['unsubscribe']}: {{{{ unsubscribe_url }}}}",
    ]  # fmt: skip
    return "\n".join(line for line in lines if line)


def _without_tags(marked: str) -> str:
    from html.parser import HTMLParser

    said: list[str] = []

    class Reader(HTMLParser):
        @override
        def handle_data(self, data: str) -> None:
            said.append(data)

    def read(text: str) -> str:
        said.clear()
        Reader(convert_charrefs=True).feed(text)
        return " ".join("".join(said).split())

    return around_places(marked, read)


_SAID: Mapping[str, Callable[[Any, Around], str]] = {
    "heading": lambda block, _around: plain(block.text), "text": lambda block, _around: plain(block.text),
    "snippet": lambda block, around: plain(around.snippets.get(block.code, "")), "image": _image_said,
    "button": lambda block, _around: f"{block.text}: {block.href}", "products": _listed, "recommendations": _listed,
    "coupon": _coupon_said, "divider": lambda _block, _around: "---", "spacer": lambda _block, _around: "",
    "html": lambda block, _around: _without_tags(block.html), "columns": _columns_said, "footer": _last_words,
}  # fmt: skip
