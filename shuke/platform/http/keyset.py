"""Paging by key: constant cost on any page of any size, stable while rows arrive."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[M]):
    """One page of rows, with the query strings of its neighbours ("" where there is none)."""

    rows: list[M]
    next_url: str
    prev_url: str


def paginate(queryset: QuerySet[M], request: HttpRequest, *, keys: Sequence[str], per_page: int = 50) -> KeysetPage[M]:
    """Return the page that ``request`` asks for.

    ``keys`` are order fields as in ``order_by``, the last one unique; none may be NULL. Cursors are signed, so a
    value never comes from outside; a damaged one starts over at the first page.
    """
    kind = _kind(queryset, keys)
    after, before = _read(request.GET.get("after"), kind), _read(request.GET.get("before"), kind)
    backwards = before is not None
    cursor = before if backwards else after
    ordered = _reverse(keys) if backwards else list(keys)
    if cursor is not None:
        queryset = queryset.filter(_beyond(ordered, cursor))
    rows = list(queryset.order_by(*(_term(key) for key in ordered))[: per_page + 1])
    has_more = len(rows) > per_page
    rows = rows[:per_page]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, has_more) if backwards else (has_more, cursor is not None)
    return KeysetPage(
        rows,
        _query(request, "after", _cursor(rows[-1], keys, kind)) if rows and has_next else "",
        _query(request, "before", _cursor(rows[0], keys, kind)) if rows and has_previous else "",
    )


def following(queryset: QuerySet[M], cursor: str, *, keys: Sequence[str], limit: int) -> tuple[list[M], str | None]:
    """Return up to ``limit`` rows after ``cursor`` ("" for the start) and the cursor behind them, None at the end.

    What ``paginate`` does for pages, for programs that only walk forward. Raises ``ValueError`` for a damaged cursor.
    """
    if cursor:
        values = _read(cursor, _kind(queryset, keys))
        if values is None:
            raise ValueError("damaged cursor")
        queryset = queryset.filter(_beyond(keys, values))
    rows = list(queryset.order_by(*(_term(key) for key in keys))[: limit + 1])
    is_last, rows = len(rows) <= limit, rows[:limit]
    return rows, None if is_last else _cursor(rows[-1], keys, _kind(queryset, keys))


def _term(key: str) -> Any:
    return F(key[1:]).desc() if key.startswith("-") else F(key).asc()


def _reverse(keys: Sequence[str]) -> list[str]:
    return [key[1:] if key.startswith("-") else f"-{key}" for key in keys]


def _beyond(keys: Sequence[str], cursor: list[Any]) -> Q:
    """(a, b) > (x, y) spelled out, since directions may differ: a > x or (a = x and b > y).

    The leading comparison is repeated inclusively so that an index on the first key bounds the scan.
    """
    condition, equal = Q(), Q()
    for key, value in zip(keys, cursor, strict=True):
        field, operator = (key[1:], "lt") if key.startswith("-") else (key, "gt")
        condition |= equal & Q(**{f"{field}__{operator}": value})
        equal &= Q(**{field: value})
    first, operator = (keys[0][1:], "lte") if keys[0].startswith("-") else (keys[0], "gte")
    return Q(**{f"{first}__{operator}": cursor[0]}) & condition


def _query(request: HttpRequest, direction: str, cursor: str) -> str:
    parameters = request.GET.copy()
    for name in ("after", "before"):
        parameters.pop(name, None)
    parameters[direction] = cursor
    return "?" + parameters.urlencode()


def _kind(queryset: QuerySet[M], keys: Sequence[str]) -> str:
    """What a cursor is good for: rows of one table in one order. Elsewhere it counts as damaged."""
    return f"shuke.keyset:{queryset.model._meta.label}:{','.join(keys)}"


def _cursor(row: Model, keys: Sequence[str], kind: str) -> str:
    values = [_plain(getattr(row, key.lstrip("-"))) for key in keys]
    packed = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    return signing.Signer(salt=kind).sign(packed)


def _read(raw: str | None, kind: str) -> list[Any] | None:
    if not raw:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(signing.Signer(salt=kind).unsign(raw)))
    except (signing.BadSignature, ValueError):
        return None
    return [_restore(value) for value in values]


def _plain(value: Any) -> Any:
    return {"t": value.isoformat()} if isinstance(value, date | datetime) else value


def _restore(value: Any) -> Any:
    return datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value
