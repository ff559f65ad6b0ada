"""What the visual builder needs to know: every label and choice, so that the browser holds no words of its own."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.customers import queries as customers
from shuke.cdp.events import queries as events
from shuke.insight.segments import queries
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.errors import InvalidRule
from shuke.insight.segments.models import Segment
from shuke.insight.segments.queries.labels import (
    CHANNEL_LABELS,
    EVENT_MEASURE_LABELS,
    FIELD_LABELS,
    MEASURE_LABELS,
    OP_LABELS,
    PURPOSE_LABELS,
    STATE_LABELS,
    SUBJECT_LABELS,
    WHERE_LABELS,
    month_name,
    names_for,
    weekday_name,
)
from shuke.insight.segments.queries.sentences import period_words
from shuke.insight.segments.rules.fields import ATTRIBUTE_OPS, FIELDS, OPS, Shape, contributed
from shuke.insight.segments.rules.language import (
    ATTRIBUTE,
    EVENT_MEASURE_OPS,
    EVERYONE,
    MEASURE_OPS,
    PROPERTY_OPS,
    REACH_OPS,
    SEQUENCE_OPS,
    Clause,
    FieldClause,
    Measure,
    Op,
    OrdersClause,
    Previous,
    SequenceClause,
    This,
    Unit,
    clauses_of,
    event_names,
)
from shuke.insight.segments.rules.parsing import MAX_CLAUSES, MAX_DEPTH, parse
from shuke.insight.value import queries as value
from shuke.kernel.money import minor_digits
from shuke.platform.company import queries as company
from shuke.platform.ui import formats

_SUBJECT_OF = {"customer": "customer", "value": "value", "segment": "segment"}


def config(rule: Any, own: Segment | None = None) -> dict[str, Any]:
    """Return the builder's description of the language in the reader's language, for editing ``rule``."""
    found = company.find_company()
    currency = found.currency if found else ""
    custom = attributes.active(with_personal=False)
    return {
        "urls": {"preview": reverse("segments:preview"), "suggest": reverse("segments:suggest")},
        "own": str(own.uuid) if own else "",
        "currency": {"code": currency, "digits": minor_digits(currency)},
        "limits": {"depth": MAX_DEPTH, "clauses": MAX_CLAUSES},
        "fields": [*(_field(name) for name in FIELDS), *(_attribute(one) for one in custom), *_contributed()],
        "ops": _ops(),
        "eventMeasures": [
            {"code": one.value, "label": str(label), "ops": _pairs(EVENT_MEASURE_OPS[one])}
            for one, label in EVENT_MEASURE_LABELS.items()
        ],
        "propertyOps": _pairs(PROPERTY_OPS),
        "sequenceOps": _pairs(SEQUENCE_OPS),
        "reachOps": _pairs(REACH_OPS),
        "channels": [[code, str(label)] for code, label in CHANNEL_LABELS.items()],
        "purposes": [[code, str(label)] for code, label in PURPOSE_LABELS.items()],
        "units": [
            [f"{which}:{unit.value}", period_words(kind(unit))]
            for which, kind in (("this", This), ("previous", Previous))
            for unit in Unit
        ],
        "measures": [
            {
                "code": measure.value,
                "label": str(MEASURE_LABELS[measure]),
                "ops": [[op.value, str(OP_LABELS[op])] for op in MEASURE_OPS[measure]],
            }
            for measure in Measure
        ],
        "where": [[code, str(label)] for code, label in WHERE_LABELS.items()],
        "subjects": {code: str(label) for code, label in SUBJECT_LABELS.items()},
        "choices": _choices(own) | _attribute_choices(custom) | _contributed_choices(),
        "names": _value_names(rule),
        "texts": _texts(),
    }


def _pairs(ops: Sequence[Op]) -> list[list[str]]:
    return [[op.value, str(OP_LABELS[op])] for op in ops]


def _field(name: str) -> dict[str, str]:
    declared = FIELDS[name]
    return {
        "name": name, "label": str(FIELD_LABELS[name]), "shape": declared.shape.value, "subject": _SUBJECT_OF[name.partition(".")[0]],
    }  # fmt: skip


def _contributed() -> list[dict[str, str]]:
    """Return the fields that other domains offer; their subject is a heading of its own."""
    return [
        {
            "name": one.name,
            "label": str(given.label),
            "shape": one.shape.value,
            "kind": given.kind,
            "subject": str(given.subject),
        }
        for one in contributed().values()
        if (given := one.contributed)
    ]


def _attribute(attribute: Attribute) -> dict[str, str]:
    return {
        "name": f"{ATTRIBUTE}{attribute.code}", "label": attribute.label, "shape": f"{ATTRIBUTE}{attribute.kind}",
        "subject": "attribute",
    }  # fmt: skip


def _ops() -> dict[str, list[list[str]]]:
    by_shape = {shape.value: ops for shape, ops in OPS.items() if shape is not Shape.ATTRIBUTE}
    by_shape |= {f"{ATTRIBUTE}{kind}": ops for kind, ops in ATTRIBUTE_OPS.items()}
    return {shape: [[op.value, str(OP_LABELS[op])] for op in ops] for shape, ops in by_shape.items()}


def _attribute_choices(custom: Sequence[Attribute]) -> dict[str, list[list[Any]]]:
    return {
        f"{ATTRIBUTE}{one.code}": [[choice["code"], one.choice_label(choice["code"])] for choice in one.choices]
        for one in custom
        if one.choices
    }


def _contributed_choices() -> dict[str, list[list[Any]]]:
    return {
        one.name: [[code, str(label)] for code, label in given.choices]
        for one in contributed().values()
        if (given := one.contributed) and given.choices
    }


def _choices(own: Segment | None) -> dict[str, list[list[Any]]]:
    """Return the values of fields that have few: as (value, label)."""
    return {
        Shape.GROUP.value: [list(pair) for pair in value.group_labels().items()],
        Shape.STAGE.value: [list(pair) for pair in value.stage_labels().items()],
        Shape.MONTH.value: [[month, month_name(month)] for month in range(1, 13)],
        Shape.SCORE.value: [[score, str(score)] for score in range(1, 6)],
        Shape.TAGS.value: [
            [tag.pk, f"{tag.group.name} › {tag.name}" if tag.group else tag.name] for tag in customers.tags()
        ],
        Shape.SEGMENTS.value: [
            [uuid, name] for uuid, name in queries.choices() if own is None or uuid != str(own.uuid)
        ],
        "where.weekday": [[day, weekday_name(day)] for day in range(1, 8)],
        "reach.state": [[code, str(label)] for code, label in STATE_LABELS.items()],
        "where.shop": [[shop.pk, shop.name] for shop in company.shops()],
    }


def _value_names(rule: Any) -> dict[str, dict[str, str]]:
    """Return what the values of a rule are called that stand in it otherwise than people read them."""
    try:
        parsed = parse(rule)
    except InvalidRule:
        parsed = EVERYONE
    clauses = list(clauses_of(parsed))
    named = formats.countries({country for clause in clauses for country in _countries_of(clause)})
    return {
        "where.product": {str(pk): title for pk, title in names_for(parsed, Book()).products.items()},
        "customer.country": named,
        "where.country": named,
        "event": {one: events.label_of(one) for one in {name for c in clauses for name in event_names(c)}},
    }


def _countries_of(clause: Clause) -> tuple[str, ...]:
    if isinstance(clause, OrdersClause):
        return clause.where.country
    if isinstance(clause, SequenceClause):
        return tuple(one for step in clause.all_steps for one in step.where.country)
    if not isinstance(clause, FieldClause) or clause.field != "customer.country":
        return ()
    return tuple(map(str, clause.value)) if isinstance(clause.value, tuple) else ()


def _texts() -> dict[str, str]:
    return {
        "all": _("All of these hold"), "any": _("At least one of these holds"), "none": _("None of these holds"),
        "root": _("Customers for whom"), "group": _("How the conditions combine"),
        "addClause": _("Add a condition"), "addGroup": _("Add a group"), "remove": _("Remove"), "removeGroup": _("Remove the group"),
        "up": _("Move up"), "down": _("Move down"),
        "everyone": _("No condition yet: this finds every customer."),
        "choose": _("Choose …"), "search": _("Type to search …"), "nothing": _("Nothing found"), "useTyped": _("Use “{text}”"),
        "field": _("What is asked"), "op": _("Comparison"), "value": _("Value"), "from": _("From"), "to": _("To"),
        "and": pgettext("between two numbers", "and"), "times": _("times"), "days": _("days"), "event": _("What happened"),
        "period": _("When"), "ever": _("at any time"), "lastDays": _("in the last … days"), "beforeDays": _("… or more days ago"),
        "between": _("between two days"), "filters": _("Which orders count"), "eventFilters": _("Which products count"),
        "addFilter": _("Narrow it down"), "refunded": _("with a refund"), "notRefunded": _("without a refund"),
        "discounted": _("with a discount"), "notDiscounted": _("without a discount"), "nextDays": _("in the next … days"),
        "since": _("since another event"), "lastOrder": _("after the last order"), "firstOrder": _("after the first order"),
        "lastEvent": _("after the last event"), "atMostDays": _("for at most … days"), "measure": _("What is worked out"),
        "property": _("Property"), "then": _("then"), "without": _("not followed by"), "addStep": _("Add a step"),
        "anOrder": _("An order"), "anyTime": _("at any time later"), "withinDays": _("within … days"),
        "withinHours": _("within … hours"), "splitName": _("Name of the draw"), "ofHundred": _("of 100 parts"),
        "channel": _("Channel"), "purpose": _("Purpose"),
        "atLeast": _("at least"), "atMost": _("at most"), "product": _("product"),
        "asText": _("Show as text"), "asJson": _("Show as JSON"), "visual": _("Builder"), "json": _("Text or JSON"), "apply": _("Take over"), "counting": _("Counting …"),
        "members": _("{count} customers"), "oneMember": _("1 customer"), "asOf": _("as of {day}"), "sample": _("Ten of them"), "few": _("Who they are"),
        "incomplete": _("Fill in the missing values to see who this finds."), "failed": _("The count could not be worked out: {reason}"),
        "tooDeep": _("Groups cannot be nested deeper."), "selected": _("{label}: remove"),
    }  # fmt: skip
