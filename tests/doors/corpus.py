"""Input that nobody should send, and that arrives all the same."""

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

DEEP = 10_000
# Bodies that are wrong as a whole.
BODIES: dict[str, bytes] = {
    "nothing": b"", "brace": b"{", "null": b"null", "list": b"[]", "text": b'"text"', "number": b"1e999999",
    "not text": b"\xff\xfe\x00\x01", "byte order mark": b"\xef\xbb\xbf{}", "utf-16": '{"a": 1}'.encode("utf-16"),
    "gzip unasked": gzip.compress(b"{}"), "nan": b'{"items": [NaN], "batch": [NaN]}',
    "infinity": b'{"items": [Infinity], "batch": [-Infinity]}', "surrogate": b'{"items": ["\\ud800"], "batch": ["\\udfff"]}',
    "deep lists": b"[" * DEEP + b"]" * DEEP, "deep objects": b'{"batch":' * DEEP + b"1" + b"}" * DEEP,
    "deep items": b'{"items":' + b"[" * DEEP + b"]" * DEEP + b"}", "digits": b'{"items": [' + b"9" * 5_000 + b"]}",
    "digits in batch": b'{"batch": [' + b"9" * 5_000 + b"]}", "key twice": b'{"items": [], "items": {}, "batch": [], "batch": {}}',
    "form": b"a=1&b=2", "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "nul": b'{"items": ["\\u0000"]}',
    "long key": b'{"' + b"k" * 100_000 + b'": 1}', "comment": b"{/* items */}", "single quotes": b"{'items': []}",
}  # fmt: skip
CONTENT_TYPES = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "image/gif; q=\xe9",
]
# Values that are wrong in one place; texts of JSON, since not all of them are values of Python.
VALUES: dict[str, str] = {
    "null": "null", "true": "true", "list": "[]", "object": "{}", "empty": '""', "nan": "NaN", "minus infinity": "-Infinity",
    "past floats": "1e400", "past 2^53": "9007199254740993", "past 64 bits": "9223372036854775808", "digits": "7" * 5_000,
    "negative": "-1", "fraction": "0.1", "surrogate": '"\\ud83d"', "nul": '"\\u0000"', "long": json.dumps("x" * 20_000),
    "ancient": '"0001-01-01T00:00:00+14:00"', "far": '"9999-12-31T23:59:59-14:00"', "no zone": '"2024-02-30"',
    "currency": '"XX1"', "sql": json.dumps("'; DROP TABLE orders_order; --"), "markup": json.dumps("<script>alert(1)</script>{{7*7}}"),
    "path": '"../../../../etc/passwd"', "right to left": json.dumps("\u202e\u0000\ufeff"), "deep": "[" * 500 + "]" * 500,
}  # fmt: skip
_HERE = "\x01HERE\x01"


def places(said: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where in a JSON value something may be wrong: every leaf and every node."""
    if at:
        yield at
    steps = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for step, value in steps:
        yield from places(value, (*at, step))


def wrong_at(said: Any, place: tuple[Any, ...], value: str) -> bytes:
    """Return a body that is as it should be but for one place."""
    whole = deepcopy(said)
    node = whole
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = _HERE
    return json.dumps(whole).replace(json.dumps(_HERE), value).encode()
