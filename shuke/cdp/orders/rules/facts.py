"""What one source says happened: a sale, a refund or a bookkeeping entry, in the form that is compared and written.

A fact has one canonical text. Its digest decides whether a repeated import has anything to change, so everything the
source said is in it and nothing else.
"""

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from shuke.kernel.money import to_minor

ORDER, REFUND, ADJUSTMENT = "order", "refund", "adjustment"
KINDS = (ORDER, REFUND, ADJUSTMENT)
# What a fact says about the person behind it, in the order in which it is stored.
PERSON_FIELDS = (
    "external_id", "email", "phone", "name", "country", "region", "city", "address", "postcode", "language", "birthday",
)  # fmt: skip


class Line(NamedTuple):
    """One line: what, how many, at what price. Decimals are canonical text, so that equal means the same."""

    product: str
    sku: str
    title: str
    category: str
    brand: str
    quantity: str
    unit_price: str
    amount_minor: int


@dataclass(slots=True)
class Fact:
    """A sale, refund or bookkeeping entry. ``at`` is ISO text in UTC; refund amounts are positive.

    ``details`` holds what only some kinds have: status, place, channel and discount of a sale; order number, reason
    and country of a refund; description of a bookkeeping entry.
    """

    kind: str
    number: str
    at: str
    currency: str
    amount_minor: int
    lines: list[Line] = field(default_factory=list)
    person: tuple[str, ...] | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the canonical text of the fact."""
        said = [self.kind, self.number, self.at, self.currency, self.amount_minor, self.lines, self.person, self.details]
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(text: str) -> bytes:
    """Return the fingerprint of a canonical text."""
    return hashlib.sha256(text.encode()).digest()


def read(text: str) -> Fact:
    """Return the fact behind its canonical text.

    >>> read(Fact("order", "1", "2024-01-01T00:00:00+00:00", "GBP", 5).text()).amount_minor
    5
    """
    kind, number, at, currency, amount, lines, person, details = json.loads(text)
    return Fact(kind, number, at, currency, amount, [Line(*line) for line in lines], person and tuple(person), details)


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> int:
    """Return quantity x price in minor units, rounded half up once per line.

    >>> line_amount(Decimal(3), Decimal("0.335"), "GBP")
    101
    """
    return to_minor(quantity * unit_price, currency)


def plain(number: Decimal) -> str:
    """Return the one way to write a decimal.

    >>> plain(Decimal("2.50")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('2.5', '1000', '0')
    """
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
