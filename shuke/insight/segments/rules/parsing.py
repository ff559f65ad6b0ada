"""Reading rules from JSON, strictly: whatever is not understood is refused, with its path and what was expected."""

import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from shuke.insight.segments.errors import InvalidRule, Problem
from shuke.insight.segments.rules.fields import GROUPS, OPS, STAGES, Shape, field_of
from shuke.insight.segments.rules.language import (
    CHANNELS,
    CONSENT_STATES,
    EVENT_MEASURE_OPS,
    MEASURE_OPS,
    NUMBER_OPS,
    OF_PROPERTY,
    PROPERTY_OPS,
    PURPOSES,
    REACH_OPS,
    SEQUENCE_OPS,
    SPANS,
    WITHOUT_VALUE,
    BeforeDays,
    Between,
    Clause,
    Coming,
    EventClause,
    EventMeasure,
    FieldClause,
    Group,
    Join,
    LastDays,
    Measure,
    Node,
    Op,
    OrdersClause,
    Period,
    Previous,
    PropertyFilter,
    ReachClause,
    SequenceClause,
    Since,
    Span,
    SplitClause,
    Step,
    This,
    Unit,
    Value,
    Where,
)

MAX_CHARACTERS = 64_000
MAX_DEPTH = 6
MAX_CLAUSES = 60
MAX_VALUES = 500
MAX_TEXT = 200
MAX_NUMBER = 2**53
MAX_DAYS = 36_500
MAX_SEQUENCES = 5
MAX_STEPS = 5
MAX_PROPERTIES = 5
_NOT_OF_REFUNDS = ("refunded", "amount", "channel", "discounted", "price", "hours", "weekday")
# Names that are a member of an event's properties and nothing else, whatever an engine's paths can do.
_PROPERTY = re.compile(r"[^\W\d][\w -]{0,63}")


def parse_text(text: str) -> Group:
    """Read a rule written as JSON text; raise ``InvalidRule`` naming everything wrong with it."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidRule(Problem("", "too_long", {"limit": MAX_CHARACTERS}))
    try:
        return parse(json.loads(text))
    except json.JSONDecodeError as wrong:
        reason = f"{wrong.msg}, line {wrong.lineno}, column {wrong.colno}"
        raise InvalidRule(Problem("", "json", {"reason": reason})) from None
    except RecursionError:
        raise InvalidRule(Problem("", "depth", {"limit": MAX_DEPTH})) from None


def parse(said: Any) -> Group:
    """Read a rule from plain JSON values; raise ``InvalidRule`` naming everything wrong with it."""
    reader = _Reader()
    rule = reader.root(said)
    if reader.problems or rule is None:
        raise InvalidRule(*reader.problems)
    return rule


class _Reader:
    """Walks the JSON; notes problems and goes on, so that one reading names them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._clauses = self._sequences = 0

    def refuse(self, path: str, key: str, /, **facts: Any) -> None:
        self.problems.append(Problem(path, key, facts))

    # groups

    def root(self, said: Any) -> Group | None:
        if not isinstance(said, dict) or not _joins(said):
            self.refuse("", "object" if not isinstance(said, dict) else "group")
            return None
        return self.group(said, "", depth=1)

    def group(self, said: dict[str, Any], path: str, *, depth: int) -> Group | None:
        if depth > MAX_DEPTH:
            self.refuse(path, "depth", limit=MAX_DEPTH)
            return None
        if len(said) != 1:
            self.refuse(path, "group")
            return None
        ((key, inner),) = said.items()
        here = _join(path, key)
        if not isinstance(inner, list):
            self.refuse(here, "list")
            return None
        if not inner and not (depth == 1 and key == Join.ALL):
            self.refuse(here, "filled_group")
            return None
        nodes = [self.node(one, f"{here}[{at}]", depth=depth) for at, one in enumerate(inner[: MAX_CLAUSES + 1])]
        return Group(Join(key), tuple(node for node in nodes if node is not None))

    def node(self, said: Any, path: str, *, depth: int) -> Node | None:
        if not isinstance(said, dict):
            self.refuse(path, "object")
            return None
        if _joins(said):
            return self.group(said, path, depth=depth + 1)
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            if self._clauses == MAX_CLAUSES + 1:
                self.refuse(path, "clauses", limit=MAX_CLAUSES)
            return None
        readers: dict[str, Callable[[dict[str, Any], str], Clause | None]] = {
            "field": self.field, "orders": self.orders, "event": self.event, "sequence": self.sequence,
            "split": self.split, "reach": self.reach,
        }  # fmt: skip
        for subject, read in readers.items():
            if subject in said:
                before = len(self.problems)
                clause = read(said, path)
                return clause if len(self.problems) == before else None
        self.refuse(path, "node")
        return None

    # clauses

    def field(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("field", "op", "value"))
        declared = field_of(said["field"]) if isinstance(said["field"], str) else None
        if declared is None:
            self.refuse(_join(path, "field"), "unknown_field", name=_shown(said["field"]))
            return None
        op = self.op(said, path, OPS[declared.shape])
        if op is None:
            return None
        value = self.value(said, path, op, lambda given, at: self.of_shape(declared.shape, op, given, at))
        return FieldClause(declared.name, op, value)

    def orders(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("orders", "op", "value", "period", "where"))
        if said["orders"] not in list(Measure):
            self.refuse(
                _join(path, "orders"), "unknown_measure", name=_shown(said["orders"]), allowed=", ".join(Measure)
            )
            return None
        measure = Measure(said["orders"])
        op = self.op(said, path, MEASURE_OPS[measure])
        where = self.where(said.get("where", {}), _join(path, "where"), measure)
        period = self.optional_period(said, path)
        if op is None:
            return None
        return OrdersClause(measure, op, self.value(said, path, op, self.period_or_number(op)), period, where)

    def event(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("event", "measure", "of", "op", "value", "period", "where"))
        name = self.text(said["event"], _join(path, "event"))
        measure = self.one_of(said.get("measure", "count"), _join(path, "measure"), EventMeasure)
        if measure is None:
            return None
        of = ""
        if measure in OF_PROPERTY:
            of = self.property_name(said["of"], _join(path, "of")) if "of" in said else ""
            if "of" not in said:
                self.refuse(_join(path, "of"), "missing")
        elif "of" in said:
            self.refuse(_join(path, "of"), "no_property", name=measure.value)
        op = self.op(said, path, EVENT_MEASURE_OPS[measure])
        period = self.optional_period(said, path)
        product, properties = self.event_where(said.get("where", {}), _join(path, "where"))
        if op is None:
            return None
        exact = measure in (EventMeasure.SUM, EventMeasure.AVERAGE)
        value = self.value(said, path, op, self.period_or_number(op, self.figure if exact else self.number))
        return EventClause(name, op, value, period, product, properties, measure, of)

    def event_where(self, said: Any, path: str) -> tuple[tuple[str, ...], tuple[PropertyFilter, ...]]:
        if not self.is_object(said, path):
            return (), ()
        self.keys(said, path, ("product", "properties"))
        product = self.texts(said["product"], _join(path, "product")) if "product" in said else ()
        here = _join(path, "properties")
        asked = self.many(said["properties"], here) if "properties" in said else []
        if len(asked) > MAX_PROPERTIES:
            self.refuse(here, "list_length", limit=MAX_PROPERTIES)
        found = [self.property(one, at) for one, at in asked[:MAX_PROPERTIES]]
        return product, tuple(one for one in found if one is not None)

    def property(self, said: Any, path: str) -> PropertyFilter | None:
        if not self.is_object(said, path):
            return None
        self.keys(said, path, ("name", "op", "value"))
        name = self.property_name(said.get("name"), _join(path, "name"))
        op = self.op(said, path, PROPERTY_OPS)
        if op is None:
            return None
        value: Any = self.value(said, path, op, lambda given, at: self.of_shape(Shape.ATTRIBUTE, op, given, at))
        return PropertyFilter(name, op, value)

    def property_name(self, said: Any, path: str) -> str:
        name = self.text(said, path)
        if name and not _PROPERTY.fullmatch(name):
            self.refuse(path, "property_name")
        return name

    def sequence(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("sequence", "op", "period", "without"))
        self._sequences += 1
        if self._sequences > MAX_SEQUENCES:
            self.refuse(path, "sequences", limit=MAX_SEQUENCES)
        here = _join(path, "sequence")
        given = self.many(said["sequence"], here)
        if len(given) > MAX_STEPS:
            self.refuse(here, "steps", limit=MAX_STEPS)
        steps = [self.step(one, at, is_first=number == 0) for number, (one, at) in enumerate(given[:MAX_STEPS])]
        without = self.step(said["without"], _join(path, "without")) if "without" in said else None
        if given and len(given) < 2 and "without" not in said:
            self.refuse(here, "lone_step")
        op = self.op(said, path, SEQUENCE_OPS)
        period = self.span(said["period"], _join(path, "period")) if "period" in said else None
        if op is None:
            return None
        return SequenceClause(tuple(one for one in steps if one is not None), op, period, without)

    def step(self, said: Any, path: str, *, is_first: bool = False) -> Step | None:
        if not self.is_object(said, path):
            return None
        subject = "order" if "order" in said else "event"
        self.keys(said, path, (subject, "where", "within"))
        if subject not in said:
            self.refuse(path, "step")
            return None
        within = self.hours(said["within"], _join(path, "within")) if "within" in said else None
        if is_first and within is not None:
            self.refuse(_join(path, "within"), "first_within")
        where = said.get("where", {})
        if subject == "order":
            if said["order"] != "placed":
                self.refuse(_join(path, "order"), "code", name=_shown(said["order"]), allowed="placed")
            return Step(None, within, where=self.where(where, _join(path, "where"), Measure.COUNT))
        product, properties = self.event_where(where, _join(path, "where"))
        return Step(self.text(said["event"], _join(path, "event")), within, product, properties)

    def hours(self, said: Any, path: str) -> int | None:
        """Read a time as hours: a number of days or of hours."""
        match sorted(said) if isinstance(said, dict) else []:
            case ["days"]:
                return 24 * self.number(said["days"], _join(path, "days"), low=1, high=MAX_DAYS)
            case ["hours"]:
                return self.number(said["hours"], _join(path, "hours"), low=1, high=24 * MAX_DAYS)
        self.refuse(path, "time")
        return None

    def split(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("split", "op", "value"))
        name = self.text(said["split"], _join(path, "split"))
        op = self.op(said, path, (Op.BETWEEN,))
        if op is None:
            return None
        read = partial(self.number, low=1, high=100)
        value = self.value(said, path, op, lambda given, at: self.compared(op, given, at, read))
        return SplitClause(name, int(value[0]), int(value[1])) if isinstance(value, tuple) else None

    def reach(self, said: dict[str, Any], path: str) -> Clause | None:
        self.keys(said, path, ("reach", "op", "value", "purpose", "topic"))
        channel = self.code(said["reach"], _join(path, "reach"), CHANNELS)
        purpose = self.code(said.get("purpose", PURPOSES[0]), _join(path, "purpose"), PURPOSES)
        topic = self.text(said["topic"], _join(path, "topic")) if "topic" in said else ""
        op = self.op(said, path, REACH_OPS)
        if op is None:
            return None
        value: Any = self.value(said, path, op, lambda given, at: self.codes(given, at, CONSENT_STATES))
        return ReachClause(channel, op, value, purpose, topic)

    def where(self, said: Any, path: str, measure: Measure) -> Where:
        if not self.is_object(said, path):
            return Where()
        self.keys(said, path, (*_TEXT_FILTERS, *_ID_FILTERS, *_YES_NO_FILTERS, *_BAND_FILTERS, "hours", "weekday"))
        found: dict[str, Any] = {
            name: self.texts(said[name], _join(path, name)) for name in _TEXT_FILTERS if name in said
        }
        found |= {name: self.numbers(said[name], _join(path, name)) for name in _ID_FILTERS if name in said}
        found |= {name: self.yes_no(said[name], _join(path, name)) for name in _YES_NO_FILTERS if name in said}
        for name in (name for name in _BAND_FILTERS if name in said):
            found[f"{name}_from"], found[f"{name}_to"] = self.amounts(said[name], _join(path, name))
        if "weekday" in said:
            found["weekday"] = tuple(sorted(self.numbers(said["weekday"], _join(path, "weekday"), low=1, high=7)))
        if "hours" in said:
            found["hours"] = self.day_hours(said["hours"], _join(path, "hours"))
        if measure is Measure.NET:
            for name in _NOT_OF_REFUNDS:
                if name in said:
                    self.refuse(_join(path, name), "net_where", name=name)
        return Where(**found)

    def day_hours(self, said: Any, path: str) -> tuple[int, int]:
        if not isinstance(said, list) or len(said) != 2:
            self.refuse(path, "hours")
            return 0, 23
        first, last = (self.number(one, f"{path}[{at}]", low=0, high=23) for at, one in enumerate(said))
        return first, last

    def amounts(self, said: Any, path: str) -> tuple[int | None, int | None]:
        if not self.is_object(said, path):
            return None, None
        self.keys(said, path, ("at_least", "at_most"))
        if not said:
            self.refuse(path, "missing")
        low, high = (
            self.number(said[key], _join(path, key)) if key in said else None for key in ("at_least", "at_most")
        )
        if low is not None and high is not None and low > high:
            self.refuse(path, "pair")
        return low, high

    # operators and values

    def op(self, said: dict[str, Any], path: str, allowed: Iterable[Op]) -> Op | None:
        here, names = _join(path, "op"), [op.value for op in allowed]
        if "op" not in said:
            self.refuse(here, "missing")
        elif said["op"] in names:
            return Op(said["op"])
        else:
            self.refuse(here, "unknown_op", name=_shown(said["op"]), allowed=", ".join(names))
        return None

    def value(self, said: dict[str, Any], path: str, op: Op, read: Callable[[Any, str], Value]) -> Value:
        here = _join(path, "value")
        if op in WITHOUT_VALUE:
            if "value" in said:
                self.refuse(here, "no_value", name=op.value)
            return None
        if "value" not in said:
            self.refuse(here, "missing")
            return None
        return read(said["value"], here)

    def of_shape(self, shape: Shape, op: Op, said: Any, path: str) -> Value:
        if op is Op.CONTAINS:
            return self.text(said, path)
        if op in NUMBER_OPS:
            return self.compared(op, said, path, self.figure if shape in _WITH_FRACTIONS else self.number)
        if op is Op.WITHIN:
            return self.span(said, path)
        if op is Op.ANNIVERSARY:
            return self.window(said, path)
        read: dict[Shape, Callable[[Any, str], Value]] = {
            Shape.TEXT: self.texts,
            Shape.ATTRIBUTE: self.texts,
            Shape.CHOICE: self.texts,
            Shape.GROUP: partial(self.codes, known=GROUPS),
            Shape.STAGE: partial(self.codes, known=STAGES),
            Shape.MONTH: partial(self.numbers, low=1, high=12),
            Shape.SCORE: partial(self.numbers, low=1, high=5),
            Shape.SEGMENTS: self.uuids,
        }
        return read.get(shape, self.numbers)(said, path)

    def period_or_number(self, op: Op, read: Callable[[Any, str], float] | None = None) -> Callable[[Any, str], Value]:
        return self.span if op is Op.WITHIN else lambda said, path: self.compared(op, said, path, read)

    def compared(self, op: Op, said: Any, path: str, read: Callable[[Any, str], float] | None = None) -> Value:
        read = read or self.number
        if op is not Op.BETWEEN:
            return read(said, path)
        if not isinstance(said, list) or len(said) != 2:
            self.refuse(path, "pair")
            return None
        low, high = (read(one, f"{path}[{at}]") for at, one in enumerate(said))
        if low > high:
            self.refuse(path, "pair")
        return low, high

    # periods

    def optional_period(self, said: dict[str, Any], path: str) -> Period | None:
        return self.period(said["period"], _join(path, "period")) if "period" in said else None

    def period(self, said: Any, path: str) -> Period | None:
        if not isinstance(said, dict):
            self.refuse(path, "period")
            return None
        match sorted(said):
            case ["last_days"]:
                return LastDays(self.number(said["last_days"], _join(path, "last_days"), low=1, high=MAX_DAYS))
            case ["before_days"]:
                return BeforeDays(self.number(said["before_days"], _join(path, "before_days"), low=0, high=MAX_DAYS))
            case ["from"] | ["to"] | ["from", "to"]:
                first, last = (self.day(said[key], _join(path, key)) if key in said else None for key in ("from", "to"))
                if first and last and first > last:
                    self.refuse(path, "period_order")
                return Between(first, last)
            case ["this"]:
                return This(self.unit(said["this"], _join(path, "this")))
            case ["previous"]:
                return Previous(self.unit(said["previous"], _join(path, "previous")))
            case ["since"] | ["days", "since"]:
                return self.since(said, path)
            case _:
                self.refuse(path, "period")
                return None

    def span(self, said: Any, path: str) -> Span | None:
        """Read a period that is the same for everybody."""
        found = self.period(said, path)
        if isinstance(found, Since):
            self.refuse(path, "not_since")
        return found if isinstance(found, SPANS) else None

    def window(self, said: Any, path: str) -> Value:
        """Read a window for anniversaries: it may lie ahead, has both ends and is no longer than a year."""
        if isinstance(said, dict) and sorted(said) == ["next_days"]:
            return Coming(self.number(said["next_days"], _join(path, "next_days"), low=1, high=366))
        found = self.span(said, path)
        is_open = isinstance(found, Between) and (found.first is None or found.last is None)
        is_long = isinstance(found, LastDays) and found.days > 366
        if isinstance(found, Between) and found.first and found.last:
            is_long = (found.last - found.first).days > 366
        if isinstance(found, BeforeDays) or is_open or is_long:
            self.refuse(path, "window")
        return found

    def unit(self, said: Any, path: str) -> Unit:
        return Unit(self.code(said, path, tuple(Unit)) or Unit.MONTH)

    def since(self, said: dict[str, Any], path: str) -> Since | None:
        anchor, here = said["since"], _join(path, "since")
        days = self.number(said["days"], _join(path, "days"), low=1, high=MAX_DAYS) if "days" in said else None
        if not self.is_object(anchor, here):
            return None
        subject = "order" if "order" in anchor else "event"
        self.keys(anchor, here, ("order",) if subject == "order" else ("event", "which"))
        which = anchor.get("order" if subject == "order" else "which", "last")
        is_first = (
            self.code(which, _join(here, "order" if subject == "order" else "which"), ("last", "first")) == "first"
        )
        if subject == "order":
            return Since(None, is_first, days)
        if "event" not in anchor:
            self.refuse(here, "step")
            return None
        return Since(self.text(anchor["event"], _join(here, "event")), is_first, days)

    def day(self, said: Any, path: str) -> date | None:
        try:
            if isinstance(said, str) and len(said) == 10:
                return date.fromisoformat(said)
        except ValueError:
            pass
        self.refuse(path, "date")
        return None

    # single values

    def is_object(self, said: Any, path: str) -> bool:
        if not isinstance(said, dict):
            self.refuse(path, "object")
        return isinstance(said, dict)

    def keys(self, said: dict[str, Any], path: str, allowed: tuple[str, ...]) -> None:
        for key in said:
            if key not in allowed:
                self.refuse(_join(path, _shown(key)), "unknown_key", key=_shown(key), allowed=", ".join(allowed))

    def text(self, said: Any, path: str) -> str:
        if not isinstance(said, str):
            self.refuse(path, "text")
            return ""
        if not said.strip() or "\x00" in said:
            self.refuse(path, "filled_text")
        if len(said) > MAX_TEXT:
            self.refuse(path, "text_length", limit=MAX_TEXT)
        return said

    def number(self, said: Any, path: str, *, low: int = -MAX_NUMBER, high: int = MAX_NUMBER) -> int:
        if isinstance(said, bool) or not isinstance(said, int):
            self.refuse(path, "whole_number")
        elif not low <= said <= high:
            self.refuse(path, "number_range", low=low, high=high)
        else:
            return said
        return 0

    def figure(self, said: Any, path: str) -> float:
        """Read a number that may have a fraction."""
        if isinstance(said, float) and math.isfinite(said) and abs(said) <= MAX_NUMBER:
            return said
        if isinstance(said, float):
            self.refuse(path, "number")
            return 0
        return self.number(said, path)

    def yes_no(self, said: Any, path: str) -> bool:
        if not isinstance(said, bool):
            self.refuse(path, "yes_no")
        return said is True

    def many(self, said: Any, path: str) -> list[tuple[Any, str]]:
        """Return the members of a filled list with their paths."""
        if not isinstance(said, list):
            self.refuse(path, "list")
        elif not said:
            self.refuse(path, "filled_list")
        elif len(said) > MAX_VALUES:
            self.refuse(path, "list_length", limit=MAX_VALUES)
        else:
            return [(one, f"{path}[{at}]") for at, one in enumerate(said)]
        return []

    def texts(self, said: Any, path: str) -> tuple[str, ...]:
        return _once(self.text(one, at) for one, at in self.many(said, path))

    def numbers(self, said: Any, path: str, *, low: int = 1, high: int = MAX_NUMBER) -> tuple[int, ...]:
        return _once(self.number(one, at, low=low, high=high) for one, at in self.many(said, path))

    def code(self, said: Any, path: str, known: Iterable[str]) -> str:
        names = [str(one) for one in known]
        if said in names:
            return str(said)
        self.refuse(path, "code", name=_shown(said), allowed=", ".join(names))
        return ""

    def one_of(self, said: Any, path: str, known: type[EventMeasure]) -> EventMeasure | None:
        if said in list(known):
            return known(said)
        self.refuse(path, "unknown_measure", name=_shown(said), allowed=", ".join(known))
        return None

    def codes(self, said: Any, path: str, known: tuple[str, ...]) -> tuple[str, ...]:
        found = self.texts(said, path)
        for at, code in enumerate(found):
            if code and code not in known:
                self.refuse(f"{path}[{at}]", "code", name=_shown(code), allowed=", ".join(known))
        return found

    def uuids(self, said: Any, path: str) -> tuple[str, ...]:
        return _once(self.uuid(one, at) for one, at in self.many(said, path))

    def uuid(self, said: Any, path: str) -> str:
        try:
            if isinstance(said, str):
                return str(UUID(said))
        except ValueError:
            pass
        self.refuse(path, "uuid")
        return ""


_WITH_FRACTIONS = frozenset({Shape.ATTRIBUTE, Shape.AMOUNT, Shape.SHARE})
_TEXT_FILTERS = ("category", "brand", "country", "channel", "currency")
_YES_NO_FILTERS = ("refunded", "discounted")
_BAND_FILTERS = ("amount", "price")
_ID_FILTERS = ("product", "shop")


def _joins(said: dict[str, Any]) -> bool:
    return any(join.value in said for join in Join)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(said: Any) -> str:
    """A foreign value as it may stand in a message: short, and only if it is a text."""
    return said[:40] if isinstance(said, str) else type(said).__name__


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    """Drop repeats, keep the order."""
    return tuple(dict.fromkeys(values))
