r"""Light markup of running text, to HTML and to plain text. Pure.

Places of Liquid (``{{ … }}``, ``{% … %}``) are carried through untouched, inside links and emphasis too.

>>> html("**Hi** {{ customer.name }}\n- one\n- two")
'<strong>Hi</strong> {{ customer.name }}<ul><li>one</li><li>two</li></ul>'
>>> plain("See [our shop](https://example.com) & *more*")
'See our shop (https://example.com) & more'
"""

import re
from collections.abc import Callable
from html import escape

PLACE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Signs of private use stand for places while the text around them is worked on.
_BEGIN, _END = "\ue000", "\ue001"
_KEPT = re.compile(f"{_BEGIN}(\\d+){_END}")

_LINK = re.compile(r"\[([^\]\n]{1,300})\]\(([^)\s]{1,1000})\)")
_BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")
_SLANTED = re.compile(r"(?<![*\w])\*(\S(?:[^*\n]*?\S)?)\*(?![*\w])")


def around_places(text: str, work: Callable[[str], str]) -> str:
    """Return what ``work`` makes of a text in which every place of Liquid is a short opaque sign."""
    places: list[str] = []

    def keep(found: re.Match[str]) -> str:
        places.append(found.group())
        return f"{_BEGIN}{len(places) - 1}{_END}"

    made = work(PLACE.sub(keep, text.replace(_BEGIN, "").replace(_END, "")))
    return _KEPT.sub(lambda found: places[int(found.group(1))], made)


def attribute(text: str) -> str:
    """Return a text fit for an attribute of HTML, places kept."""
    return around_places(text, lambda said: escape(said, quote=True))


def words(text: str) -> str:
    """Return a text without markup as HTML, places kept."""
    return around_places(text, lambda said: escape(said, quote=False))


def html(text: str) -> str:
    """Return running text as HTML."""
    return around_places(text, _html)


def _html(text: str) -> str:
    made: list[str] = []
    listed: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), None]:
        if line is not None and line.startswith("- "):
            listed.append(f"<li>{_inline(line[2:])}</li>")
            continue
        if listed:
            made.append(f"<ul>{''.join(listed)}</ul>")
            listed = []
        if line is not None:
            made.append(_inline(line))
    return _lines(made)


def _lines(made: list[str]) -> str:
    """Put lines below each other; a list begins and ends its own."""
    whole = ""
    for line in made:
        is_list = line.startswith("<ul>")
        whole += "" if not whole or is_list or whole.endswith("</ul>") else "<br>"
        whole += line
    return whole


def _inline(line: str) -> str:
    safe = escape(line, quote=False)
    safe = _LINK.sub(lambda found: f'<a href="{_quoted(found.group(2))}">{found.group(1)}</a>', safe)
    return _SLANTED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", safe))


def _quoted(address: str) -> str:
    return address.replace('"', "%22").replace("'", "%27")


def plain(text: str) -> str:
    """Return running text without markup, addresses written out."""
    return around_places(text, _plain)


def _plain(text: str) -> str:
    said = _LINK.sub(r"\1 (\2)", text.replace("\r\n", "\n"))
    return _SLANTED.sub(r"\1", _BOLD.sub(r"\1", said))


def links(text: str) -> list[str]:
    """Return the addresses that running text links to, spaces inside places left out.

    >>> links("[Shop]({{ company.url }}) and [help](https://example.com/help)")
    ['{{company.url}}', 'https://example.com/help']
    """
    narrow = PLACE.sub(lambda one: one.group().replace(" ", ""), text)
    return [one.group(2) for one in _LINK.finditer(narrow)]
