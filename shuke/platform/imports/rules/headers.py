"""Headers of columns: comparing them, naming every column, and guessing from them what columns mean."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence


def normalised(header: str) -> str:
    """Return a header as it is compared.

    >>> normalised("Order_No."), normalised(" 订单编号（主） ")
    ('orderno', '订单编号主')
    """
    folded = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]+", "", folded)


def guess(
    headers: Sequence[str], aliases: Mapping[str, Sequence[str]], *, needed: Collection[str] = ()
) -> dict[str, str]:
    """Return the column that most probably holds each field; every column is used at most once.

    ``aliases`` lists for each field the headers under which it is exported, best first. Fields that no import can do
    without choose first: where the only "Name" is the order's, there is no other.

    >>> guess(["E-Mail", "订单编号"], {"number": ["order number", "订单编号"], "email": ["email"]})
    {'number': '订单编号', 'email': 'E-Mail'}
    """
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(normalised(header), header)
    matches = sorted(
        (field not in needed, rank, place, field, name)
        for place, (field, known) in enumerate(aliases.items())
        for rank, alias in enumerate(known)
        if (name := normalised(alias)) in by_name
    )
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for *_order, field, name in matches:
        if field not in chosen and name not in taken:
            chosen[field] = by_name[name]
            taken.add(name)
    return {field: chosen[field] for field in aliases if field in chosen}


def unique(headers: Sequence[str]) -> list[str]:
    """Return headers by which every column can be named: repeated and empty ones get a number.

    >>> unique(["sku", "price", "price", ""])
    ['sku', 'price', 'price (2)', 'column 4']
    """
    seen: dict[str, int] = {}
    names = []
    for position, raw in enumerate(headers, 1):
        header = raw.strip(" \t\r\n\ufeff\u00a0\u3000") or f"column {position}"
        seen[header] = seen.get(header, 0) + 1
        names.append(header if seen[header] == 1 else f"{header} ({seen[header]})")
    return names


def key_of(headers: Sequence[str]) -> str:
    """Return what a set of headers is remembered by; 64 hex digits, whatever their order."""
    return hashlib.sha256("\n".join(sorted(normalised(header) for header in headers)).encode()).hexdigest()
