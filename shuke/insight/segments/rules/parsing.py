"""Reading rules from JSON, strictly: whatever is not understood is refused, with its path and what was expected."""

import json
import math
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from shuke.insight.segments.errors import InvalidRule, Problem
from shuke.insight.segments.rules.fields import GROUPS, OPS, STAGES, Shape, field_of
from shuke.insight.segments.rules.language import (
    EVENT_OPS,
    MEASURE_OPS,
    NUMBER_OPS,
    WITHOUT_VALUE,
    BeforeDays,
    Between,
    Clause,
    EventClause,
    FieldClause,
    Group,
    Join,
    LastDays,
    Measure,
    Node,
    Op,
    OrdersClause,
    Period,
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
_NOT_OF_REFUNDS = ("refunded", "amount", "channel")


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
        self._clauses = 0

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
        for subject, read in (("field", self.field), ("orders", self.orders), ("event", self.event)):
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
        self.keys(said, path, ("event", "op", "value", "period", "where"))
        name = self.text(said["event"], _join(path, "event"))
        op = self.op(said, path, EVENT_OPS)
        period = self.optional_period(said, path)
        where, here = said.get("where", {}), _join(path, "where")
        product: tuple[str, ...] = ()
        if self.is_object(where, here):
            self.keys(where, here, ("product",))
            product = self.texts(where["product"], _join(here, "product")) if "product" in where else ()
        if op is None:
            return None
        return EventClause(name, op, self.value(said, path, op, self.period_or_number(op)), period, product)

    def where(self, said: Any, path: str, measure: Measure) -> Where:
        if not self.is_object(said, path):
            return Where()
        self.keys(said, path, (*_TEXT_FILTERS, *_ID_FILTERS, "refunded", "amount"))
        found: dict[str, Any] = {
            name: self.texts(said[name], _join(path, name)) for name in _TEXT_FILTERS if name in said
        }
        found |= {name: self.numbers(said[name], _join(path, name)) for name in _ID_FILTERS if name in said}
        if "refunded" in said:
            found["refunded"] = self.yes_no(said["refunded"], _join(path, "refunded"))
        if "amount" in said:
            found["amount_from"], found["amount_to"] = self.amounts(said["amount"], _join(path, "amount"))
        if measure is Measure.NET:
            for name in _NOT_OF_REFUNDS:
                if name in said:
                    self.refuse(_join(path, name), "net_where", name=name)
        return Where(**found)

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
            return self.period(said, path)
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

    def period_or_number(self, op: Op) -> Callable[[Any, str], Value]:
        return self.period if op is Op.WITHIN else lambda said, path: self.compared(op, said, path)

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
            case _:
                self.refuse(path, "period")
                return None

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
