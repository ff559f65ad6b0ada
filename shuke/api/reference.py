"""The API's reference page, read from its OpenAPI document."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shuke.api.edge import edge

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a body or one parameter; ``depth`` is how deep it lies inside others."""

    name: str
    type: str
    is_required: bool
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    parameters: list[Member]
    body: list[Member]
    answer: list[Member]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole document."""

    groups: dict[str, list[Operation]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def read() -> Reference:
    """Return the reference of the API as it is mounted."""
    document = schema()
    found = Reference()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = _operation(document, method, path, operation)
            found.groups.setdefault((operation.get("tags") or [""])[0], []).append(shown)
    return found


def schema() -> Schema:
    """Return the OpenAPI document."""
    return dict(edge().get_openapi_schema(path_prefix="/api/v1/"))


def _operation(document: Schema, method: str, path: str, operation: Schema) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = next(iter(operation["responses"].values())).get("content", {}).get("application/json", {}).get("schema")
    summary, _line, text = operation.get("description", "").partition("\n")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=summary,
        text=text.strip(),
        scope=operation.get("x-scope", ""),
        parameters=[_parameter(document, parameter) for parameter in operation.get("parameters", [])],
        body=list(_members(document, body)) if body else [],
        answer=list(_members(document, answer)) if answer else [],
    )


def _parameter(document: Schema, parameter: Schema) -> Member:
    said = parameter.get("schema", {})
    text = parameter.get("description") or said.get("description", "")
    return Member(parameter["name"], _type(document, said), parameter.get("required", False), text)


def _members(document: Schema, said: Schema, depth: int = 0) -> Iterator[Member]:
    """Yield the fields of an object, each followed by the fields inside it."""
    said = _inner(_resolved(document, said), document)
    required = said.get("required", [])
    for name, value in said.get("properties", {}).items():
        yield Member(name, _type(document, value), name in required, value.get("description", ""), depth)
        if depth < 4:
            yield from _members(document, value, depth + 1)


def _resolved(document: Schema, said: Schema) -> Schema:
    """Follow a reference, and look through "this or null"."""
    if "$ref" in said:
        return _resolved(document, document["components"]["schemas"][said["$ref"].rsplit("/", 1)[1]])
    for choice in said.get("anyOf", []):
        if choice.get("type") != "null":
            return _resolved(document, choice)
    return said


def _inner(said: Schema, document: Schema) -> Schema:
    return _resolved(document, said["items"]) if said.get("type") == "array" and "items" in said else said


def _type(document: Schema, said: Schema) -> str:
    said = _resolved(document, said)
    if "enum" in said:
        return " | ".join(map(str, said["enum"]))
    if said.get("type") == "array":
        return f"{_type(document, said.get('items', {}))}[]"
    return str(said.get("format") or said.get("type") or "any")
