"""Liquid within limits: what a template may do, what it names, and what it makes.

Nothing is included or read from elsewhere; loops, output, memory and time are bounded; names that are not known leave a
trace instead of a hole. Texts that only fill in names take a short way of their own, tested to say the same.
"""

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

import liquid
from liquid import Environment, RenderContext, Undefined
from liquid.exceptions import LiquidError
from liquid.filter import with_context
from liquid.output import LimitedStringIO
from markupsafe import escape
from typing_extensions import override

MOST_LOOPS = 2_000
MOST_OUTPUT = 500_000
MOST_SECONDS = 0.5
_FORBIDDEN_TAGS = ("include", "render", "extends", "macro", "call", "tablerow")

# The names that were missing while something was rendered.
_missing: ContextVar[list[str]] = ContextVar("missing")


class Stopped(Exception):
    """A template cannot be read, or went beyond its limits: ``code`` says which, ``detail`` what and where."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class _Absent(Undefined):
    """A name that is not known: false where it is asked about, replaced by a fallback, noted where it would be shown."""

    __slots__ = ()

    @override
    def __str__(self) -> str:
        found = _missing.get(None)
        if found is not None:
            found.append((self.hint or self.name).removesuffix(" is undefined").strip("'"))
        return ""


class _Timed(LimitedStringIO):
    """Output that knows when it has taken too long."""

    def __init__(self, limit: int, ends_at: float) -> None:
        super().__init__(limit)
        self.ends_at = ends_at

    @override
    def write(self, text: str) -> int:
        if time.monotonic() > self.ends_at:
            raise Stopped("time")
        return super().write(text)


class _Bounded(Environment):
    loop_iteration_limit: ClassVar[int | None] = MOST_LOOPS
    output_stream_limit: ClassVar[int | None] = MOST_OUTPUT
    local_namespace_limit: ClassVar[int | None] = 1_000_000
    context_depth_limit: ClassVar[int] = 20


@with_context
def _day(value: Any, *, context: Any) -> Any:
    """Write a date as people of the message's language do."""
    if not isinstance(value, date):
        return value
    from babel.dates import format_date

    locale = "zh_Hans" if str(context.resolve("language", default="en")).startswith("zh") else "en"
    return format_date(value, "long", locale=locale)


@lru_cache(maxsize=2)
def environment(*, escapes: bool) -> Environment:
    """Return where templates are read; with ``escapes`` values are made fit for HTML."""
    made = _Bounded(undefined=_Absent, autoescape=escapes)
    for tag in _FORBIDDEN_TAGS:
        made.tags.pop(tag, None)
    made.add_filter("day", _day)
    return made


@dataclass(frozen=True, slots=True)
class Named:
    """A variable that a template names: its path, and whether it is shown without a fallback."""

    path: str
    needs_value: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of a template, and the names that were missing."""

    text: str
    missing: tuple[str, ...] = ()


# -- the short way

_OUTPUT = re.compile(
    r"\{\{-?\s*(?P<path>[a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*)\s*"
    r"(?:\|\s*default:\s*(?:\"(?P<double>[^\"{}]*)\"|'(?P<single>[^'{}]*)')\s*)?-?\}\}"
)


@dataclass(frozen=True, slots=True)
class _Slot:
    path: tuple[str, ...]
    fallback: str | None


class Piece:
    """One text with places, read once and filled often."""

    __slots__ = ("_liquid", "_parts", "escapes", "source")

    def __init__(self, source: str, *, escapes: bool) -> None:
        self.source = source
        self.escapes = escapes
        self._parts = _simple(source)
        self._liquid = None if self._parts is not None else _parsed(source, escapes=escapes)

    @property
    def is_simple(self) -> bool:
        """Whether only names are filled in, so that the short way can be gone."""
        return self._parts is not None

    def fill(self, values: Mapping[str, Any]) -> Filled:
        """Return the text for these values. Raises ``Stopped`` beyond the limits."""
        if self._parts is None:
            return self._by_liquid(values)
        made: list[str] = []
        missing: list[str] = []
        for part in self._parts:
            if isinstance(part, str):
                made.append(part)
                continue
            value = _looked_up(values, part.path)
            if part.fallback is not None and (value is None or value is False or value in ("", [], {})):
                made.append(part.fallback)
                continue
            if value is None:
                missing.append(".".join(part.path))
            text = _shown(value)
            made.append(str(escape(text)) if self.escapes else text)
        whole = "".join(made)
        if len(whole) > MOST_OUTPUT:
            raise Stopped("output")
        return Filled(whole, tuple(dict.fromkeys(missing)))

    def _by_liquid(self, values: Mapping[str, Any]) -> Filled:
        assert self._liquid is not None
        missing: list[str] = []
        token = _missing.set(missing)
        out = _Timed(MOST_OUTPUT, time.monotonic() + MOST_SECONDS)
        try:
            self._liquid.render_with_context(RenderContext(self._liquid, globals=values), out)
        except LiquidError as refusal:
            raise Stopped(_code_of(refusal), str(refusal.args[0] if refusal.args else refusal)) from refusal
        finally:
            _missing.reset(token)
        return Filled(out.getvalue(), tuple(dict.fromkeys(missing)))


def _looked_up(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = values
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            return None
    return found


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _simple(source: str) -> list[str | _Slot] | None:
    """Return a text's parts if it only fills in names, else None."""
    if "{%" in source:
        return None
    parts: list[str | _Slot] = []
    at = 0
    for found in _OUTPUT.finditer(source):
        if "-}}" in found.group() or "{{-" in found.group():
            return None
        parts.append(source[at : found.start()])
        fallback = found["double"] if found["double"] is not None else found["single"]
        parts.append(_Slot(tuple(found["path"].split(".")), fallback))
        at = found.end()
    parts.append(source[at:])
    if any(isinstance(part, str) and ("{{" in part or "}}" in part) for part in parts):
        return None
    special = {"size", "first", "last", "forloop", "nil", "null", "true", "false", "empty", "blank"}
    return None if any(isinstance(part, _Slot) and special.intersection(part.path) for part in parts) else parts


def _parsed(source: str, *, escapes: bool) -> liquid.BoundTemplate:
    try:
        return environment(escapes=escapes).parse(source)
    except LiquidError as refusal:
        raise Stopped(_code_of(refusal), str(refusal.args[0] if refusal.args else refusal)) from refusal
    except RecursionError as refusal:
        raise Stopped("syntax", "nested too deeply") from refusal


def _code_of(refusal: LiquidError) -> str:
    kinds = {
        "LoopIterationLimitError": "loops", "OutputStreamLimitError": "output", "LocalNamespaceLimitError": "memory",
        "ContextDepthError": "depth", "BlockNestingError": "depth", "UnknownFilterError": "filter",
        "NoSuchFilterFunc": "filter",
    }  # fmt: skip
    return kinds.get(type(refusal).__name__, "syntax")


# -- what a text names

_DEFAULTED = re.compile(r"\{\{-?\s*([\w.\[\]\"']+)\s*\|[^}]*\bdefault\b")


def names_in(source: str) -> list[Named]:
    """Return the variables that a text takes from outside, each once. Raises ``Stopped`` if it cannot be read.

    >>> names_in("{{ customer.name | default: 'you' }}{% for p in cart.products %}{{ p.title }}{% endfor %}{{ coupon.code }}")
    [Named(path='cart.products', needs_value=False), Named(path='coupon.code', needs_value=True), Named(path='customer.name', needs_value=False)]
    """
    template = _parsed(source, escapes=False)
    defaulted = set(_DEFAULTED.findall(source))
    shown = set(re.findall(r"\{\{-?\s*([\w.]+)", source))
    asked = set(re.findall(r"\{%-?\s*(?:if|unless|elsif)\s+([\w.]+)", source))
    found: dict[str, bool] = {}
    for variables in template.analyze(include_partials=False).globals.values():
        for one in variables:
            path = str(one)
            needs = path in shown and path not in defaulted and path not in asked
            found[path] = found.get(path, False) or needs
    return [Named(path, needs) for path, needs in sorted(found.items())]


def unknown_filters(source: str) -> list[str]:
    """Return the filters that a text uses and nobody knows. Raises ``Stopped`` if it cannot be read."""
    used = _parsed(source, escapes=False).analyze(include_partials=False).filters
    return sorted(name for name in used if name not in environment(escapes=False).filters)
