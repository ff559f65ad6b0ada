"""Rules as a small text, for those who would rather write than click: it prints and reads back the same rule.

    all {
      customer.country is ["France", "Germany"]
      orders count at_least 2 in last 90 days where category ["tea"], refunded no
      event "email.opened" did_not in last 30 days
      none { split "spring" between 1 and 50 }
    }

Words are those of the JSON form. Reading makes that form, with the place of every part, and hands it to the one strict
reader; what that refuses is told at its place in the text.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shuke.insight.segments.errors import InvalidRule, Problem
from shuke.insight.segments.rules.fields import FIELDS, contributed
from shuke.insight.segments.rules.language import CHANNELS, EventMeasure, Group, Join, Measure, Op
from shuke.insight.segments.rules.parsing import MAX_CHARACTERS, MAX_DEPTH, parse
from shuke.insight.segments.rules.writing import plain

_TOKEN = re.compile(
    r"""\s*+(?:\#[^\n]*+\s*+)*+(?:
    (?P<text>"(?:[^"\\]|\\.)*")|(?P<day>\d{4}-\d\d-\d\d)|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|
    (?P<word>[^\W\d][\w.-]*)|(?P<mark>[{}\[\](),]))""",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d][\w.-]*")
_BANDS = frozenset({"amount", "price"})
_NO_FIELD = frozenset({"all", "any", "none", "orders", "event", "sequence", "split", "reach"})


# -- writing


def write_text(rule: Group) -> str:
    """Return a rule as text, always the same for the same rule."""
    return "\n".join(_lines(plain(rule), 0)) + "\n"


def _lines(node: dict[str, Any], depth: int) -> list[str]:
    indent = "  " * depth
    for join in (one.value for one in Join):
        if join in node:
            inner = [line for one in node[join] for line in _lines(one, depth + 1)]
            return [f"{indent}{join} {{", *inner, f"{indent}}}"]
    return [indent + _clause(node)]


def _clause(said: dict[str, Any]) -> str:
    op, value = said["op"], _value(said)
    period = f" in {_period(said['period'])}" if "period" in said else ""
    where = f" where {_where(said['where'])}" if said.get("where") else ""
    if "field" in said:
        return f"{_name(said['field'])} {op}{value}"
    if "orders" in said:
        return f"orders {said['orders']} {op}{value}{period}{where}"
    if "event" in said:
        measure = f" {said['measure']}" if "measure" in said else ""
        of = f" of {_quoted(said['of'])}" if "of" in said else ""
        return f"event {_quoted(said['event'])}{measure}{of} {op}{value}{period}{where}"
    if "sequence" in said:
        steps = " then ".join(_step(step) for step in said["sequence"])
        without = f" without {_step(said['without'])}" if "without" in said else ""
        return f"sequence {op}{period} ({steps}{without})"
    if "split" in said:
        return f"split {_quoted(said['split'])} {op}{value}"
    purpose = f" for {said['purpose']}" if "purpose" in said else ""
    topic = f" about {_quoted(said['topic'])}" if "topic" in said else ""
    return f"reach {said['reach']} {op}{value}{purpose}{topic}"


def _name(name: str) -> str:
    return name if _WORD.fullmatch(name) and name not in _NO_FIELD else _quoted(name)


def _quoted(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False)


def _value(said: dict[str, Any]) -> str:
    if "value" not in said:
        return ""
    value = said["value"]
    if isinstance(value, dict):
        return f" {_period(value)}"
    if said["op"] == Op.BETWEEN.value:
        return f" {_quoted(value[0])} and {_quoted(value[1])}"
    return f" {_quoted(value)}"


def _period(said: dict[str, Any]) -> str:
    match said:
        case {"last_days": days}:
            return f"last {days} days"
        case {"next_days": days}:
            return f"next {days} days"
        case {"before_days": days}:
            return f"{days} days ago"
        case {"this": unit}:
            return f"this {unit}"
        case {"previous": unit}:
            return f"previous {unit}"
        case {"since": anchor}:
            which = anchor.get("order") or anchor.get("which", "last")
            what = _quoted(anchor["event"]) if "event" in anchor else "order"
            return f"since {which} {what}" + (f" for {said['days']} days" if "days" in said else "")
    return " ".join(f"{side} {said[side]}" for side in ("from", "to") if side in said)


def _where(said: dict[str, Any]) -> str:
    parts = []
    for key, value in said.items():
        if key == "properties":
            parts += [f"property {_quoted(one['name'])} {one['op']}{_value(one)}" for one in value]
        elif key in _BANDS:
            parts.append(" ".join([key, *(f"{side} {limit}" for side, limit in value.items())]))
        elif isinstance(value, bool):
            parts.append(f"{key} {'yes' if value else 'no'}")
        else:
            parts.append(f"{key} {_quoted(value)}")
    return ", ".join(parts)


def _step(step: dict[str, Any]) -> str:
    what = "order" if "order" in step else f"event {_quoted(step['event'])}"
    where = f" where {_where(step['where'])}" if step.get("where") else ""
    within = "".join(f" within {count} {unit}" for unit, count in step.get("within", {}).items())
    return what + where + within


# -- reading


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    said: str
    at: int


def read_text(text: str) -> Group:
    """Read a rule from its text; raise ``InvalidRule`` whose problems say line and column, and what was meant perhaps."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidRule(Problem("", "too_long", {"limit": MAX_CHARACTERS}))
    reader = _Reader(text)
    said = reader.rule()
    try:
        return parse(said)
    except InvalidRule as refusal:
        raise InvalidRule(*(reader.placed(problem) for problem in refusal.problems)) from None


class _Reader:
    """Reads the text into the JSON form, and remembers where each part of that begins."""

    def __init__(self, text: str) -> None:
        self.text, self.places = text, dict[str, int]()
        self.tokens, self.next = self._tokens(), 0

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        while match := _TOKEN.match(self.text, at):
            kind = str(match.lastgroup)
            found.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        rest = re.compile(r"\s*(?:#[^\n]*\s*)*").match(self.text, at)
        at = rest.end() if rest else at
        if at < len(self.text):
            self._fail(at, "character", found=self.text[at])
        return [*found, _Token("end", "", len(self.text))]

    # places

    def place(self, at: int) -> str:
        line = self.text.count("\n", 0, at) + 1
        return f"{line}:{at - self.text.rfind(chr(10), 0, at)}"

    def placed(self, problem: Problem) -> Problem:
        """Return a problem of the JSON form at its place in the text."""
        known = [path for path in self.places if problem.path.startswith(path)]
        at = self.places[max(known, key=len)] if known else 0
        key, facts = problem.key, problem.facts
        if key == "unknown_field" and (close := _close(facts["name"], [*FIELDS, *contributed()])):
            key, facts = "unknown_field_close", {**facts, "close": close}
        return Problem(self.place(at), key, facts)

    def _fail(self, at: int, key: str, **facts: Any) -> None:
        raise InvalidRule(Problem(self.place(at), f"text_{key}", facts))

    # tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return self.tokens[self.next - 1]

    def has(self, *said: str) -> bool:
        """Whether one of these words or marks comes next; takes it if so."""
        if self.token.kind in ("word", "mark") and self.token.said in said:
            self.take()
            return True
        return False

    def word(self, known: Sequence[str]) -> str:
        """Take one of some words; another is refused with the closest."""
        token = self.token
        if token.kind == "word" and token.said in known:
            return self.take().said
        close = _close(token.said, known)
        facts = {"found": token.said or "…", "allowed": ", ".join(known)}
        self._fail(token.at, "word_close" if close else "word", **facts, close=close)
        raise AssertionError("refused")

    def literal(self, kind: str) -> Any:
        if self.token.kind != kind:
            self._fail(self.token.at, "word_kind" if kind == "word" else kind, found=self.token.said or "…")
        said = self.take().said
        return json.loads(said) if kind in ("text", "number") else said

    def mark(self, mark: str) -> None:
        if not self.has(mark):
            self._fail(self.token.at, "mark", expected=mark, found=self.token.said or "…")

    # groups and clauses

    def rule(self) -> dict[str, Any]:
        joins = [join.value for join in Join]
        found = self.group("", 1) if self.token.said in joins else {"all": self.nodes("all", 1)}
        if self.token.kind != "end":
            self._fail(self.token.at, "end", found=self.token.said)
        return found

    def group(self, path: str, depth: int) -> dict[str, Any]:
        self.places[path] = self.token.at
        if depth > MAX_DEPTH + 1:
            self._fail(self.token.at, "depth", limit=MAX_DEPTH)
        join = self.take().said
        self.mark("{")
        inner = self.nodes(f"{path}.{join}" if path else join, depth)
        self.mark("}")
        return {join: inner}

    def nodes(self, path: str, depth: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while self.token.kind != "end" and self.token.said != "}":
            here = f"{path}[{len(found)}]"
            self.places[here] = self.token.at
            is_group = self.token.kind == "word" and self.token.said in list(Join)
            found.append(self.group(here, depth + 1) if is_group else self.clause(here))
        return found

    def clause(self, path: str) -> dict[str, Any]:
        token = self.token
        if token.kind not in ("word", "text"):
            self._fail(token.at, "condition", found=token.said or "…")
        subject = token.said if token.kind == "word" else ""
        if subject == "orders":
            self.take()
            said = {"orders": self.word(list(Measure)), **self.asked(path)}
            return {**said, **self.narrowed(path)}
        if subject == "event":
            self.take()
            return self.event(path)
        if subject == "sequence":
            self.take()
            return self.sequence(path)
        if subject == "split":
            self.take()
            return {"split": self.literal("text"), **self.asked(path)}
        if subject == "reach":
            self.take()
            said = {"reach": self.word(CHANNELS), **self.asked(path)}
            scope = {"purpose": self.literal("word")} if self.has("for") else {}
            return {**said, **scope, **({"topic": self.literal("text")} if self.has("about") else {})}
        self.places[f"{path}.field"] = token.at
        return {"field": self.take().said if subject else self.literal("text"), **self.asked(path)}

    def event(self, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {"event": self.literal("text")}
        if self.token.said in list(EventMeasure):
            said["measure"] = self.take().said
        if self.has("of"):
            said["of"] = self.literal("text")
        return {**said, **self.asked(path), **self.narrowed(path)}

    def sequence(self, path: str) -> dict[str, Any]:
        op = self.word(["did", "did_not"])
        period = {"period": self.period()} if self.has("in") else {}
        self.mark("(")
        steps = [self.step(f"{path}.sequence[0]")]
        while self.has("then"):
            steps.append(self.step(f"{path}.sequence[{len(steps)}]"))
        without = {"without": self.step(f"{path}.without")} if self.has("without") else {}
        self.mark(")")
        return {"sequence": steps, "op": op, **period, **without}

    def step(self, path: str) -> dict[str, Any]:
        self.places[path] = self.token.at
        kind = self.word(["event", "order"])
        said: dict[str, Any] = {"order": "placed"} if kind == "order" else {"event": self.literal("text")}
        if self.has("where"):
            said["where"] = self.where(f"{path}.where")
        if self.has("within"):
            self.places[f"{path}.within"] = self.token.at
            count = self.literal("number")
            said["within"] = {self.word(["days", "hours"]): count}
        return said

    def asked(self, path: str) -> dict[str, Any]:
        """Read the operator and what it compares with."""
        self.places[f"{path}.op"] = self.token.at
        op = self.word([one.value for one in Op])
        self.places[f"{path}.value"] = self.token.at
        if op in (Op.WITHIN.value, Op.ANNIVERSARY.value):
            return {"op": op, "value": self.period()}
        if op == Op.BETWEEN.value:
            low = self.literal("number")
            self.word(["and"])
            return {"op": op, "value": [low, self.literal("number")]}
        if self.token.kind in ("text", "number"):
            return {"op": op, "value": self.literal(self.token.kind)}
        return {"op": op, "value": self.values()} if self.token.said == "[" else {"op": op}

    def narrowed(self, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if self.has("in"):
            self.places[f"{path}.period"] = self.token.at
            said["period"] = self.period()
        if self.has("where"):
            said["where"] = self.where(f"{path}.where")
        return said

    def values(self) -> list[Any]:
        self.mark("[")
        found: list[Any] = []
        while not self.has("]"):
            if found:
                self.mark(",")
            found.append(self.literal("number" if self.token.kind == "number" else "text"))
        return found

    def period(self) -> dict[str, Any]:
        if self.token.kind == "number":
            days = self.literal("number")
            self.word(["days"])
            self.word(["ago"])
            return {"before_days": days}
        kind = self.word(["last", "next", "this", "previous", "since", "from", "to"])
        if kind in ("last", "next"):
            days = self.literal("number")
            self.word(["days"])
            return {f"{kind}_days": days}
        if kind in ("this", "previous"):
            return {kind: self.literal("word")}
        if kind == "since":
            return self.since()
        said = {kind: self.literal("day")}
        return {**said, "to": self.literal("day")} if kind == "from" and self.has("to") else said

    def since(self) -> dict[str, Any]:
        which = self.word(["last", "first"])
        if self.has("order"):
            anchor = {"order": which}
        else:
            anchor = {"event": self.literal("text"), **({"which": which} if which == "first" else {})}
        said: dict[str, Any] = {"since": anchor}
        if self.has("for"):
            said["days"] = self.literal("number")
            self.word(["days"])
        return said

    def where(self, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        while True:
            self.places.setdefault(path, self.token.at)
            key = self.literal("word")
            self.places[f"{path}.{key}"] = self.token.at
            if key == "property":
                asked = {"name": self.literal("text")}
                said.setdefault("properties", []).append({**asked, **self.asked(f"{path}.properties")})
            elif key in _BANDS:
                said[key] = {}
                while self.token.said in ("at_least", "at_most"):
                    side = self.take().said
                    said[key][side] = self.literal("number")
            elif self.token.said in ("yes", "no"):
                said[key] = self.take().said == "yes"
            else:
                said[key] = self.values()
            if not self.has(","):
                return said


def _close(said: str, known: Sequence[str]) -> str:
    return next(iter(get_close_matches(said, known, n=1, cutoff=0.6)), "")
