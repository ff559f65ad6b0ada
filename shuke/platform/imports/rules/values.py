"""Reading single cells: what shops' exports write, as values.

Exports of Chinese marketplaces wrap ids as ``="…"``, prefix them with TAB or an apostrophe and write ``-`` for nothing;
spreadsheets turn ids into ``12346.0``; people type full-width digits.
"""

import re
import unicodedata
from decimal import Decimal

from shuke.platform.imports.rules.refusals import Refused

_EMPTY = frozenset({"-", "--", "—", "——", "null", "NULL", r"\N", "N/A", "#N/A", "nan", "NaN"})
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
_INTEGRAL = re.compile(r"(\d+)\.0+")
_SHORTENED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_NUMBER = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{2,4})+)?(?:\.\d*)?"),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)?(?:,\d*)?"),
}
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,2}")
_SIGNS = re.compile(
    r"CN¥|US\$|HK\$|NT\$|A\$|C\$|S\$|R\$|RMB|CNY|USD|EUR|GBP|JPY|HKD|TWD|AUD|CAD|元|圆|[¥￥$€£₩₹₽฿₫]", re.IGNORECASE
)
_CURRENCIES = {
    "¥": "CNY", "￥": "CNY", "RMB": "CNY", "元": "CNY", "人民币": "CNY", "CN¥": "CNY", "$": "USD", "US$": "USD", "美元": "USD",
    "£": "GBP", "英镑": "GBP", "€": "EUR", "欧元": "EUR", "HK$": "HKD", "港币": "HKD", "NT$": "TWD", "新台币": "TWD", "日元": "JPY",
}  # fmt: skip
LARGEST = Decimal(10) ** 11
# Values that a marketplace has enciphered, which say nothing to us.
_CIPHERS = ("##", "$$", "~~")


def clean(raw: str) -> str:
    """Return what a cell says, "" if it says nothing; refuse bytes that are no text in the file's encoding.

    >>> clean(chr(9) + '="00123"'), clean("'7210"), clean(" - ")
    ('00123', '7210', '')
    """
    text = raw.strip(" \t\r\n\u00a0\u3000\ufeff\u200b")
    if not text.isascii() and _UNDECODED.search(text):
        raise Refused("undecodable")
    if text.startswith('="') and (wrapped := _WRAPPED.fullmatch(text)):
        text = wrapped[1].strip()
    elif text.startswith("'"):
        text = text[1:].strip()
    return "" if text in _EMPTY else text


def is_formula(raw: str) -> bool:
    """Whether a cell holds the text of a formula, which is never run.

    >>> is_formula("=A1*2"), is_formula('="0012"')
    (True, False)
    """
    text = raw.lstrip()
    return len(text) > 1 and text[0] == "=" and not _WRAPPED.fullmatch(text.rstrip())


def reference(raw: str) -> str:
    """Return an id or number that names something.

    >>> reference("12346.0"), reference("１２３")
    ('12346', '123')

    Refuses what a spreadsheet has shortened to powers of ten: its last digits are lost.
    """
    text = clean(raw)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if _SHORTENED.fullmatch(text):
        raise Refused("shortened_number")
    if len(text) > 120:
        raise Refused("too_long", most=120)
    found = _INTEGRAL.fullmatch(text)
    return found[1] if found else text


def words(raw: str, *, most: int) -> str:
    """Return text on one line, cut to ``most`` characters."""
    text = clean(raw)
    return " ".join(text.split())[:most] if text else ""


def number(raw: str, *, mark: str = ".") -> Decimal | None:
    """Return an amount or quantity, None for an empty cell; ``mark`` is the decimal mark.

    >>> number("¥1,234.50"), number("1.234,5", mark=","), number("(3)"), number("１２")
    (Decimal('1234.50'), Decimal('1234.5'), Decimal('-3'), Decimal('12'))
    """
    text = clean(raw)
    if not text:
        return None
    if is_formula(text):
        raise Refused("formula")
    text = unicodedata.normalize("NFKC", text).replace("−", "-")
    text = _SIGNS.sub("", text).replace(" ", "").replace("'", "").replace("\u2019", "")
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1]
    if len(text) > 1 and text.endswith("-"):
        text = f"-{text[:-1]}"
    value = _decimal(text, mark)
    if abs(value) >= LARGEST:
        raise Refused("too_large")
    return -value if negative else value


def _decimal(text: str, mark: str) -> Decimal:
    if _EXPONENT.fullmatch(text):
        return Decimal(text)
    if not any(character.isdigit() for character in text) or not _NUMBER[mark].fullmatch(text):
        raise Refused("not_a_number" if mark == "." or "." not in text else "decimal_mark", mark=mark)
    return Decimal(text.replace(",", "")) if mark == "." else Decimal(text.replace(".", "").replace(",", "."))


def decimal_mark(samples: list[str]) -> str:
    """Guess the decimal mark from amounts: the last separator, unless exactly three digits follow it everywhere.

    >>> decimal_mark(["1.234,56", "7,5"]), decimal_mark(["1,234", "2.50"]), decimal_mark(["1,234"])
    (',', '.', '.')
    """
    votes = {",": 0, ".": 0}
    for sample in samples:
        found = re.search(r"([.,])(\d*)\D*$", sample)
        if found and (len(found[2]) != 3 or len(set(re.findall("[.,]", sample))) == 2):
            votes[found[1]] += 1
    return "," if votes[","] > votes["."] else "."


def currency(raw: str) -> str:
    """Return an ISO 4217 code, "" for an empty cell.

    >>> currency("gbp"), currency("￥"), currency("人民币")
    ('GBP', 'CNY', 'CNY')
    """
    text = clean(raw)
    if not text:
        return ""
    known = _CURRENCIES.get(text) or _CURRENCIES.get(text.upper())
    code = known or text.upper()
    if code == "RMB":
        return "CNY"
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Refused("not_a_currency")
    return code


def open_text(text: str) -> str:
    """Return a value, "" for one that a marketplace has enciphered.

    >>> open_text("##x8fj"), open_text("Ada")
    ('', 'Ada')
    """
    return "" if text.startswith(_CIPHERS) else text


_BETWEEN_ITEMS = re.compile(r"[,;|，、；]")


def items(raw: str, *, most: int = 64) -> tuple[str, ...]:
    """Return the several things that one cell names, each once.

    >>> items("VIP, 老客；gift"), items("")
    (('VIP', '老客', 'gift'), ())
    """
    return tuple(dict.fromkeys(item for part in _BETWEEN_ITEMS.split(clean(raw)) if (item := words(part, most=most))))
