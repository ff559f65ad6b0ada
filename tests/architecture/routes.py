"""Every address of the installation, read from the resolver, and what the policy says about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "security" / "policy.yaml"


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its name, its pattern (for sample addresses), its view; API operations with their methods."""

    name: str
    pattern: str
    view: Any
    operations: tuple[tuple[str, str], ...] = ()  # (operation id, method)


def routes() -> list[Route]:
    """Return every address."""
    return list(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, pattern, (*spaces, entry.namespace) if entry.namespace else spaces)
        else:
            yield _route(entry, pattern, spaces)


def _route(entry: URLPattern, pattern: str, spaces: tuple[str, ...]) -> Route:
    name = ":".join((*spaces, entry.name or "?"))
    return Route(name, pattern, entry.callback, tuple(_operations(entry)))


def _operations(entry: URLPattern) -> Iterator[tuple[str, str]]:
    """API operations behind an address: ninja keeps them in the closure of its view."""
    for cell in getattr(entry.callback, "__closure__", None) or ():
        view = cell.cell_contents
        for operation in getattr(view, "operations", ()):
            for method in operation.methods:
                yield operation.operation_id, method


@lru_cache(maxsize=1)
def policy() -> dict[str, dict[str, str]]:
    """Return who may call what, by route name and method."""
    found: dict[str, dict[str, str]] = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    return found


def declared() -> dict[str, set[str]]:
    """Return the methods that exist, by the name the policy uses."""
    found: dict[str, set[str]] = {}
    for route in routes():
        if route.operations:
            for operation, method in route.operations:
                found.setdefault(f"api:{operation}", set()).add(method)
        else:
            found[route.name] = set(getattr(route.view, "methods", ()))
    return found
