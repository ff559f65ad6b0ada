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

_HEAD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
ORDER, REFUND, ADJUSTMENT = "order", "refund", "adjustment"
KINDS = (ORDER, REFUND, ADJUSTMENT)
# The lines of a sale that another file tells of: no record by itself.
LINES = "lines"
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
    and country of a refund; description of a bookkeeping entry. What only few sources say of a sale (states, coupons,
    payments, shipments …) is under ``more``, without what is empty. ``version`` is when the source changed it: it is no
    part of the content.
    """

    kind: str
    number: str
    at: str
    currency: str
    amount_minor: int
    lines: list[Line] = field(default_factory=list)
    person: tuple[str, ...] | None = None
    details: dict[str, Any] = field(default_factory=dict)
    # The canonical text a fact was read from, which need not be written again.
    origin: str = field(default="", repr=False, compare=False)
    version: str = field(default="", compare=False)

    def text(self) -> str:
        """Return the canonical text of the fact: a head in JSON, then a line of tab-separated text per line."""
        if self.origin:
            return self.origin
        said = [self.kind, self.number, self.at, self.currency, self.amount_minor, self.person, self.details]
        head = _HEAD.encode(said)
        if not self.lines:
            return head
        body = "\n".join(["\t".join((*line[:7], str(line[7]))) for line in self.lines])
        if body.count("\t") != 7 * len(self.lines) or body.count("\n") != len(self.lines) - 1:
            body = "\n".join(["\t".join((*map(_one_line, line[:7]), str(line[7]))) for line in self.lines])
        return f"{head}\n{body}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def digest(text: str) -> bytes:
    """Return the fingerprint of a canonical text."""
    return hashlib.sha256(text.encode()).digest()


def read(text: str) -> Fact:
    """Return the fact behind its canonical text.

    >>> fact = Fact("order", "1", "2024-01-01T00:00:00+00:00", "GBP", 5, [Line("p", "", "Mug", "", "", "1", "0.05", 5)])
    >>> read(fact.text()) == fact
    True
    """
    head, _newline, body = text.partition("\n")
    kind, number, at, currency, amount, person, details = json.loads(head)
    return Fact(kind, number, at, currency, amount, _lines(body), person and tuple(person), details, text)


def _lines(body: str) -> list[Line]:
    """Cut the lines apart all at once: an import reads hundreds of thousands."""
    if not body:
        return []
    cells = body.replace("\n", "\t").split("\t")
    columns = [cells[place::8] for place in range(7)]
    return list(map(Line, *columns, map(int, cells[7::8])))


def line_amount(quantity: Decimal, unit_price: Decimal, currency: str) -> int:
    """Return quantity x price in minor units, rounded half up once per line.

    >>> line_amount(Decimal(3), Decimal("0.335"), "GBP")
    101
    """
    return to_minor(quantity * unit_price, currency)


def allocated(lines: list[Line], total_minor: int) -> tuple[list[Line], list[int]]:
    """Let lines come to what their sale came to, each in its proportion; return them with what was taken off each.

    >>> mugs = Line("m", "", "", "", "", "1", "10", 1000)
    >>> [line.amount_minor for line in allocated([mugs, mugs, mugs], 2000)[0]]
    [667, 666, 667]
    """
    listed = sum(line.amount_minor for line in lines)
    if not lines or listed == total_minor:
        return lines, [0] * len(lines)
    given: list[Line] = []
    so_far = paid = 0
    for place, line in enumerate(lines, 1):
        so_far += line.amount_minor
        due = (2 * total_minor * so_far + listed) // (2 * listed) if listed else total_minor * place // len(lines)
        given.append(line._replace(amount_minor=due - paid))
        paid = due
    taken = [max(0, line.amount_minor - now.amount_minor) for line, now in zip(lines, given, strict=True)]
    return given, taken


def plain(number: Decimal) -> str:
    """Return the one way to write a decimal.

    >>> plain(Decimal("2.50")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('2.5', '1000', '0')
    """
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
