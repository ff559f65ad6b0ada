"""How a text message is cut: providers charge for each segment.

Texts in the alphabet of GSM 03.38 hold 160 characters (153 in several segments), all others 70 (67). Chinese providers count
by characters whatever they are: 70, then 67.
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Cut:
    """Into how many segments a text falls, and how much still fits into the last."""

    encoding: str
    units: int
    segments: int
    left: int


def cut(text: str, *, is_chinese: bool = False) -> Cut:
    """Return how a text is cut.

    >>> cut("a" * 160).segments, cut("a" * 161).segments, cut("[" * 81).segments
    (1, 2, 2)
    >>> cut("您" * 70).segments, cut("您" * 71).segments, cut("😀" * 36).segments
    (1, 2, 2)
    >>> cut("a" * 71, is_chinese=True).segments
    2
    """
    if not is_chinese and all(one in _BASIC or one in _EXTENDED for one in text):
        # A character of the extension takes two places, which must not be torn apart.
        return _filled("GSM-7", [2 if one in _EXTENDED else 1 for one in text], 160, 153)
    return _filled("UCS-2", [2 if ord(one) > 0xFFFF else 1 for one in text], 70, 67)


def _filled(encoding: str, sizes: list[int], alone: int, several: int) -> Cut:
    units = sum(sizes)
    if units <= alone:
        return Cut(encoding, units, 1 if units else 0, alone - units)
    segments, used = 1, 0
    for size in sizes:
        if used + size > several:
            segments, used = segments + 1, 0
        used += size
    return Cut(encoding, units, segments, several - used)
