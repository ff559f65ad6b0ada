"""How long a text message is, and in how many parts it is sent and paid for. Pure."""

from dataclasses import dataclass

# The signs of GSM 03.38 that take one place, and those that take two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€")
# How many places fit into one message alone and into each of several, by encoding.
_ROOM = {"gsm": (160, 153), "ucs2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Length:
    """A text's length: signs as people count, in which encoding, and how many parts it is sent in."""

    signs: int
    encoding: str
    parts: int
    # How many more signs fit before another part begins.
    left: int


def length(text: str) -> Length:
    """Return how long a text message is.

    >>> length("Hello"), length("您好" * 36).parts
    (Length(signs=5, encoding='gsm', parts=1, left=155), 2)
    """
    is_gsm = all(sign in _GSM or sign in _GSM_DOUBLE for sign in text)
    encoding = "gsm" if is_gsm else "ucs2"
    units = sum(2 if sign in _GSM_DOUBLE else 1 for sign in text) if is_gsm else len(text.encode("utf-16-be")) // 2
    alone, each = _ROOM[encoding]
    if units <= alone:
        return Length(len(text), encoding, 1 if units else 0, alone - units)
    parts = -(-units // each)
    return Length(len(text), encoding, parts, parts * each - units)
