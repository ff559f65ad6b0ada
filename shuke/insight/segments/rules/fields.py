"""The fields a rule may ask about: their names, shapes, and where the warehouse keeps them."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from shuke.insight.segments.rules.language import ATTRIBUTE, NUMBER_OPS, Op
from shuke.platform.manifest import SegmentField, segment_fields


class Shape(Enum):
    """What kind of value a field holds, which decides what can be asked and how it is entered."""

    TEXT = "text"
    MONTH = "month"
    DATE = "date"
    TAGS = "tags"
    SEGMENTS = "segments"
    GROUP = "group"
    STAGE = "stage"
    SCORE = "score"
    NUMBER = "number"
    DAYS = "days"
    MONEY = "money"
    ATTRIBUTE = "attribute"
    CHOICE = "choice"
    SHARE = "share"
    AMOUNT = "amount"
    YES_NO = "yes_no"
    BIRTHDAY = "birthday"


_KNOWN = (Op.IS_KNOWN, Op.IS_UNKNOWN)
# What can be asked of a custom attribute, by its kind. A rule can be read without knowing the kind: the operator says
# which column is meant; whether it fits the kind is looked at when a rule is saved.
ATTRIBUTE_OPS: dict[str, tuple[Op, ...]] = {
    "text": (Op.IS, Op.IS_NOT, Op.CONTAINS, *_KNOWN),
    "choice": (Op.IS, Op.IS_NOT, *_KNOWN),
    "list": (Op.HAS_ANY, Op.HAS_ALL, Op.HAS_NONE, *_KNOWN),
    "number": (*NUMBER_OPS, *_KNOWN),
    "money": (*NUMBER_OPS, *_KNOWN),
    "date": (Op.WITHIN, *_KNOWN),
    "yes_no": (Op.IS_YES, Op.IS_NO, *_KNOWN),
}

OPS: dict[Shape, tuple[Op, ...]] = {
    Shape.TEXT: (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.IS_KNOWN, Op.IS_UNKNOWN),
    Shape.MONTH: (Op.IS, Op.IS_NOT, Op.IS_KNOWN, Op.IS_UNKNOWN),
    Shape.DATE: (Op.WITHIN, Op.ANNIVERSARY),
    Shape.BIRTHDAY: (Op.ANNIVERSARY, *_KNOWN),
    Shape.TAGS: (Op.HAS_ANY, Op.HAS_ALL, Op.HAS_NONE),
    Shape.SEGMENTS: (Op.IN, Op.NOT_IN),
    Shape.GROUP: (Op.IS, Op.IS_NOT),
    Shape.STAGE: (Op.IS, Op.IS_NOT),
    Shape.SCORE: (Op.IS, Op.IS_NOT, *NUMBER_OPS),
    Shape.NUMBER: NUMBER_OPS,
    Shape.DAYS: NUMBER_OPS,
    Shape.MONEY: NUMBER_OPS,
    Shape.CHOICE: (Op.IS, Op.IS_NOT, *_KNOWN),
    Shape.SHARE: (*NUMBER_OPS, *_KNOWN),
    Shape.AMOUNT: (*NUMBER_OPS, *_KNOWN),
    Shape.YES_NO: (Op.IS_YES, Op.IS_NO, *_KNOWN),
    Shape.ATTRIBUTE: tuple(dict.fromkeys(op for ops in ATTRIBUTE_OPS.values() for op in ops)),
}

GROUPS = (
    "champions", "loyal", "potential_loyal", "promising", "new", "needs_attention", "about_to_sleep", "at_risk",
    "cant_lose", "hibernating", "lost", "prospect",
)  # fmt: skip
STAGES = ("new", "active", "loyal", "at_risk", "dormant", "lost", "prospect")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the language and the column it is read from."""

    name: str
    shape: Shape
    table: str
    column: str
    # Which rows of the table speak of it: (column, value).
    where: tuple[tuple[str, Any], ...] = ()
    # What another domain declared; a customer may have several rows of it, or none.
    contributed: SegmentField | None = None

    @property
    def is_money(self) -> bool:
        """Whether its figures are amounts of the company's currency."""
        return self.shape is Shape.MONEY or (self.contributed is not None and self.contributed.kind == "money")


_DECLARED = (
    Field("customer.country", Shape.TEXT, "customers", "country"),
    Field("customer.region", Shape.TEXT, "customers", "region"),
    Field("customer.city", Shape.TEXT, "customers", "city"),
    Field("customer.language", Shape.TEXT, "customers", "language"),
    Field("customer.birth_month", Shape.MONTH, "customers", "birth_month"),
    Field("customer.birthday", Shape.BIRTHDAY, "customers", "birth_day"),
    Field("customer.first_seen", Shape.DATE, "customers", "first_seen_on"),
    Field("customer.tag", Shape.TAGS, "customer_tags", "tag_id"),
    Field("segment", Shape.SEGMENTS, "segment_members", "segment_id"),
    Field("value.group", Shape.GROUP, "value_standing", "rfm_group"),
    Field("value.stage", Shape.STAGE, "value_standing", "stage"),
    Field("value.r", Shape.SCORE, "value_standing", "r"),
    Field("value.f", Shape.SCORE, "value_standing", "f"),
    Field("value.m", Shape.SCORE, "value_standing", "m"),
    Field("value.fm", Shape.SCORE, "value_standing", "fm"),
    Field("value.orders", Shape.NUMBER, "value_standing", "orders"),
    Field("value.net", Shape.MONEY, "value_standing", "net_minor"),
    Field("value.gross", Shape.MONEY, "value_standing", "gross_minor"),
    Field("value.refunds", Shape.MONEY, "value_standing", "refunds_minor"),
    Field("value.average_order", Shape.MONEY, "value_standing", "average_order_minor"),
    Field("value.recency_days", Shape.DAYS, "value_standing", "recency_days"),
    Field("value.cadence_days", Shape.DAYS, "value_standing", "cadence_days"),
    Field("value.first_order", Shape.DATE, "value_standing", "first_order_on"),
    Field("value.last_order", Shape.DATE, "value_standing", "last_order_on"),
)
FIELDS = {declared.name: declared for declared in _DECLARED}


def field_of(name: str) -> Field | None:
    """Return the field of a name, None for one that there is not; of a custom attribute ``column`` is its code.

    >>> found = field_of("attribute.shoe_size")
    >>> found.table, found.column
    ('customer_attributes', 'shoe_size')
    """
    if name.startswith(ATTRIBUTE) and 0 < len(code := name.removeprefix(ATTRIBUTE)) <= 64:
        return Field(name, Shape.ATTRIBUTE, "customer_attributes", code)
    return FIELDS.get(name) or contributed().get(name)


_SHAPES = {
    "text": Shape.TEXT, "choice": Shape.CHOICE, "number": Shape.AMOUNT, "share": Shape.SHARE, "money": Shape.AMOUNT,
    "days": Shape.AMOUNT, "date": Shape.DATE, "yes_no": Shape.YES_NO,
}  # fmt: skip


@lru_cache(maxsize=1)
def contributed() -> dict[str, Field]:
    """Return the fields that other domains declare in their manifests, by name."""
    return {
        name: Field(name, _SHAPES[one.kind], one.table, one.column, tuple(sorted(one.where.items())), one)
        for name, one in segment_fields().items()
    }


def declared(name: str) -> Field:
    """Return the field of a name that a rule holds."""
    found = field_of(name)
    assert found is not None
    return found
