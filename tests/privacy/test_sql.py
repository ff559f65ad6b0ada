"""No value of a request gets into the text of SQL, other than as a string literal that a parser confirms.

A token with quotes goes into every parameter of every route and of every operation of the API; every statement that any
database is asked is looked at.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlglot
from django.db import connection
from django.test import Client
from sqlglot import exp

from shuke.cdp.warehouse.engine import duckdb as engine
from shuke.platform.http.api.limits import LIMITER
from shuke.platform.staff import api_keys
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from tests.architecture.routes import policy, routes
from tests.security.test_matrix import address
from tests.security.test_pages import ABOUT, world

__all__ = ["world"]
TOKEN = "zq'7\"--canary"
MARK = "canary"
# What pages and operations read from a query or a form, gathered from the sources: names count, not places.
NAMES = re.compile(r"""(?:GET|POST)(?:\.get|\.getlist)?[\[(]["'](\w+)""")


class Seen(list[str]):
    """Every statement in whose text the token stands where it must not."""


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Look at everything that is asked of the database and of the warehouse."""
    found = Seen()

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if MARK in sql:  # the ORM and our own SQL hand values over as parameters, never as text
            found.append(f"database: {sql[:300]}")
        return execute(sql, params, many, context)

    original = engine.DuckStore.query

    def ask(self: Any, sql: str, *args: Any, **named: Any) -> Any:
        if MARK in sql and not only_in_literals(sql, "duckdb"):
            found.append(f"warehouse: {sql[:300]}")
        return original(self, sql, *args, **named)

    monkeypatch.setattr(engine.DuckStore, "query", ask)
    with connection.execute_wrapper(look):
        yield found


def only_in_literals(sql: str, dialect: str) -> bool:
    """Whether, to a parser, the token is in string literals alone."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string and MARK in literal.this:
            literal.set("this", "")
    return MARK not in tree.sql(dialect=dialect)


def test_the_detector_tells_a_literal_from_text() -> None:
    assert only_in_literals("SELECT 1 WHERE name = 'zq''7\"--canary'", "duckdb")
    assert not only_in_literals('SELECT "canary" FROM orders', "duckdb")


def parameter_names() -> list[str]:
    """Return every name under which some page reads a parameter, and the fields of every form."""
    from django import forms

    from tests.architecture.test_imports import PACKAGE

    names = {name for path in PACKAGE.rglob("*.py") for name in NAMES.findall(path.read_text(encoding="utf-8"))}

    def subclasses(of: type) -> Iterator[type]:
        for one in of.__subclasses__():
            yield one
            yield from subclasses(one)

    for form in subclasses(forms.Form):
        names |= set(getattr(form, "base_fields", {}))
    return sorted(names | {"sort", "cursor", "page", "after", "before", "q"})


def test_no_parameter_of_any_page_becomes_sql(
    world: dict[str, Any], cast: dict[str, Staff], client_of: Callable[[Staff], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = client_of(cast["owner"])
    browser.raise_request_exception = False
    said = dict.fromkeys(parameter_names(), TOKEN)
    broken = []
    with watched(monkeypatch) as seen:
        for route in routes():
            if route.operations or route.name in {"account_logout", "web:jobs"}:
                continue
            for method, who in policy()[route.name].items():
                if who == "nobody":
                    continue
                place = world.get(ABOUT.get(route.name, ""))
                url = "/" + re.sub(r"<[^>]+>", str(place), route.pattern) if place else address(route)
                answer = browser.get(url, said) if method == "GET" else browser.post(url, said)
                if answer.status_code >= 500:
                    broken.append(f"{method} {route.name}: {answer.status_code}")

    assert list(seen) == []
    assert broken == []


def test_no_parameter_of_any_operation_becomes_sql(
    world: dict[str, Any], owner: Staff, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    LIMITER.reset()
    _key, text = api_keys.create("canary", list(api_keys.SCOPES), by=Actor.of(owner), now=now)
    schema = json.loads(Client().get("/api/v1/openapi.json").content)
    headers = {"authorization": f"Bearer {text}"}
    broken, asked = [], 0
    with watched(monkeypatch) as seen:
        for path, methods in schema["paths"].items():
            url = re.sub(r"\{[^}]+\}", "01900000-0000-7000-8000-000000000000", path)
            for method, operation in methods.items():
                query = {p["name"]: TOKEN for p in operation.get("parameters", []) if p["in"] == "query"}
                body = filled(operation.get("requestBody", {}), schema)
                LIMITER.reset()
                answer = Client(raise_request_exception=False).generic(
                    method.upper(), url, json.dumps(body), "application/json", headers=headers, query_params=query
                )
                asked += 1
                if answer.status_code >= 500:
                    broken.append(f"{method} {path}: {answer.status_code}")

    assert asked > 15
    assert list(seen) == []
    assert broken == []


def filled(node: Any, schema: dict[str, Any], depth: int = 0) -> Any:
    """Return a body with the token in every text of it."""
    if "content" in node:
        node = next(iter(node["content"].values()))["schema"]
    if "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
    if depth > 6 or not node:
        return None
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in node:
            return filled(node[choice][0], schema, depth + 1)
    match node.get("type"):
        case "object":
            return {name: filled(inner, schema, depth + 1) for name, inner in node.get("properties", {}).items()}
        case "array":
            return [filled(node.get("items", {}), schema, depth + 1)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return "2024-06-01T00:00:00Z" if node.get("format") == "date-time" else TOKEN
