"""What the parts of the language are called, in the reader's language."""

from dataclasses import dataclass, field
from datetime import date

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.catalog import queries as catalog
from shuke.cdp.customers import queries as customers
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    ATTRIBUTE,
    EventMeasure,
    FieldClause,
    Group,
    Measure,
    Op,
    Unit,
    clauses_of,
    wheres_of,
)
from shuke.insight.value import queries as value
from shuke.platform.company import queries as company

FIELD_LABELS = {
    "customer.country": _("country"),
    "customer.region": _("region"),
    "customer.city": _("city"),
    "customer.language": _("language"),
    "customer.birth_month": _("birthday month"),
    "customer.birthday": _("birthday"),
    "customer.first_seen": _("first seen"),
    "customer.tag": _("tags"),
    "segment": _("segment or list"),
    "value.group": _("RFM group"),
    "value.stage": _("lifecycle stage"),
    "value.r": _("R score (recency)"),
    "value.f": _("F score (frequency)"),
    "value.m": _("M score (money)"),
    "value.fm": _("FM score (frequency and money)"),
    "value.orders": _("number of orders"),
    "value.net": _("net revenue"),
    "value.gross": _("gross revenue"),
    "value.refunds": _("refunds"),
    "value.average_order": _("average order"),
    "value.recency_days": _("days since the last order"),
    "value.cadence_days": _("usual days between orders"),
    "value.first_order": _("first order"),
    "value.last_order": _("last order"),
}
SUBJECT_LABELS = {
    "customer": _("Customer"),
    "value": _("Value and lifecycle"),
    "segment": _("Segments and lists"),
    "attribute": _("Attributes"),
    "orders": _("Orders"),
    "events": _("Behaviour"),
    "sequence": _("Order of events"),
    "reach": _("Consent and reachability"),
    "split": _("Random share"),
}
OP_LABELS = {
    Op.IS: _("is"),
    Op.IS_NOT: _("is not"),
    Op.CONTAINS: _("contains"),
    Op.IS_KNOWN: _("is known"),
    Op.IS_UNKNOWN: _("is not known"),
    Op.HAS_ANY: _("has any of"),
    Op.HAS_ALL: _("has all of"),
    Op.HAS_NONE: _("has none of"),
    Op.IN: _("is a member of any of"),
    Op.NOT_IN: _("is a member of none of"),
    Op.WITHIN: _("lies"),
    Op.AT_LEAST: _("at least"),
    Op.AT_MOST: _("at most"),
    Op.MORE_THAN: _("more than"),
    Op.LESS_THAN: _("less than"),
    Op.EQUALS: _("exactly"),
    Op.BETWEEN: pgettext_lazy("numbers", "between"),
    Op.DID: _("did"),
    Op.DID_NOT: _("did not"),
    Op.IS_YES: _("is yes"),
    Op.IS_NO: _("is no"),
    Op.ANNIVERSARY: _("has its anniversary"),
    Op.MAY: _("may be reached"),
    Op.MAY_NOT: _("may not be reached"),
}
MEASURE_LABELS = {
    Measure.COUNT: _("number of orders"),
    Measure.GROSS: _("gross revenue"),
    Measure.NET: _("net revenue"),
    Measure.AVERAGE: _("average order"),
    Measure.FIRST: _("first order"),
    Measure.LAST: _("last order"),
    Measure.LARGEST: _("largest order"),
    Measure.ITEMS: _("pieces bought"),
    Measure.PRODUCTS: _("number of different products"),
    Measure.CATEGORIES: _("number of different categories"),
    Measure.BRANDS: _("number of different brands"),
    Measure.DAYS: _("number of days with an order"),
    Measure.MONTHS: _("number of months with an order"),
    Measure.SHARE: _("share of orders that …"),
}
EVENT_MEASURE_LABELS = {
    EventMeasure.COUNT: _("how often"),
    EventMeasure.DAYS: _("on how many days"),
    EventMeasure.SUM: _("sum of a property"),
    EventMeasure.AVERAGE: _("average of a property"),
    EventMeasure.DISTINCT: _("number of different values of a property"),
    EventMeasure.FIRST: _("the first time"),
    EventMeasure.LAST: _("the last time"),
}
UNIT_LABELS = {
    Unit.WEEK: pgettext_lazy("calendar", "week"),
    Unit.MONTH: pgettext_lazy("calendar", "month"),
    Unit.QUARTER: pgettext_lazy("calendar", "quarter"),
    Unit.YEAR: pgettext_lazy("calendar", "year"),
}
CHANNEL_LABELS = {"email": _("e-mail"), "sms": _("SMS"), "call": _("calls"), "post": _("post")}
PURPOSE_LABELS = {"marketing": _("marketing"), "service": _("service"), "survey": _("surveys")}
STATE_LABELS = {
    "never_asked": _("never asked"), "requested": _("asked, no answer yet"), "granted": _("granted"),
    "confirmed": _("granted and confirmed"), "withdrawn": _("withdrawn"), "refused": _("refused"),
    "objected": _("objected"), "expired": _("expired"), "superseded": _("superseded"),
}  # fmt: skip
WHERE_LABELS = {
    "product": _("product"),
    "category": _("category"),
    "brand": _("brand"),
    "shop": _("shop"),
    "country": _("country of the order"),
    "channel": _("sales channel"),
    "currency": _("currency"),
    "refunded": _("refund"),
    "amount": _("order amount"),
    "price": _("price of a piece"),
    "discounted": _("discount"),
    "hours": _("hour of the day"),
    "weekday": _("weekday"),
}


def weekday_name(day: int) -> str:
    """Return a weekday's name; Monday is 1."""
    return str(WEEKDAYS[day - 1])


def month_name(month: int) -> str:
    """Return a month's name."""
    return str(MONTHS[month])


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in a rule are called, looked up at once."""

    book: Book = field(default_factory=Book)
    tags: dict[int, str] = field(default_factory=dict)
    products: dict[int, str] = field(default_factory=dict)
    shops: dict[int, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    currency: str = ""

    def field(self, name: str) -> str:
        """Return what a field is called; an attribute by its label, or by its code if it is gone."""
        if name in FIELD_LABELS:
            return str(FIELD_LABELS[name])
        if given := declared(name).contributed:
            return str(given.label)
        code = declared(name).column
        return self.attributes[code].label if code in self.attributes else code

    def attribute_value(self, name: str, one: object) -> str:
        """Return what a value of a custom attribute is called."""
        attribute = self.attributes.get(declared(name).column)
        return attribute.choice_label(str(one)) if attribute else str(one)

    def of(self, shape: Shape, one: str | int) -> str:
        """Return what a single value of a clause is called."""
        match shape:
            case Shape.TAGS:
                return self.tags.get(int(one), f"#{one}")
            case Shape.SEGMENTS:
                return self.book[str(one)].name if str(one) in self.book else f"#{one}"
            case Shape.GROUP:
                return self.groups.get(str(one), str(one))
            case Shape.STAGE:
                return self.stages.get(str(one), str(one))
            case Shape.MONTH:
                return month_name(int(one))
            case _:
                return str(one)


def names_for(rule: Group, book: Book) -> Names:
    """Look up the names a rule's words need: a constant number of queries, whatever the rule."""
    clauses = [*clauses_of(rule)]
    for _identifier, definition in book.entries:
        if definition.rule is not None:
            clauses += clauses_of(definition.rule)
    fields = {clause.field for clause in clauses if isinstance(clause, FieldClause)}
    wheres = [where for clause in clauses for where in wheres_of(clause)]
    codes = {name.removeprefix(ATTRIBUTE) for name in fields if name.startswith(ATTRIBUTE)}
    products = {one for where in wheres for one in where.product}
    found = company.find_company()
    return Names(
        book=book,
        tags={tag.pk: tag.name for tag in customers.tags()} if "customer.tag" in fields else {},
        products=catalog.titles_of(products) if products else {},
        shops={shop.pk: shop.name for shop in company.shops()} if any(where.shop for where in wheres) else {},
        groups=value.group_labels(),
        stages=value.stage_labels(),
        attributes=attributes.by_code(codes) if codes else {},
        currency=found.currency if found else "",
    )


def shape_of(name: str) -> Shape:
    """Return the shape of a field."""
    return declared(name).shape


def is_day(value: object) -> bool:
    """Whether a value is a day."""
    return isinstance(value, date)
