"""The ways customers take, as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shuke.insight.analytics.engine import paths as expressions
from shuke.insight.analytics.engine.paths import Ways
from shuke.insight.analytics.queries.asking import ask_of_today
from shuke.insight.analytics.rules import Scope

__all__ = ["MOST_WAYS", "Node", "Ways", "offered_pages", "tree"]

# Rarer ways than the five thousand most frequent are left out; the page says so.
MOST_WAYS = 5_000
MOST_PAGES = 100


@dataclass(slots=True)
class Node:
    """What was done after what led here: by how many ways, and how many of them ended with it."""

    name: str
    way: tuple[str, ...]
    ways: int = 0
    ended: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)

    def leading(self, most: int) -> list["Node"]:
        """Return the most frequent next things."""
        return sorted(self.children.values(), key=lambda node: (-node.ways, node.name))[:most]

    def walk(self, most: int) -> Iterator["Node"]:
        """Yield this node and what follows, the most frequent first, ``most`` at each fork."""
        yield self
        for child in self.leading(most):
            yield from child.walk(most)


def tree(asked: Ways, scope: Scope) -> tuple[Node, bool]:
    """Return the ways from an anchor as a tree, and whether rare ones were left out."""
    rows = ask_of_today(expressions.ways, asked, scope, limit=MOST_WAYS)
    root = Node(asked.anchor, ())
    for row in rows:
        steps = [row[f"step{number}"] for number in range(1, asked.steps + 1)]
        way = tuple(steps[: steps.index(None)] if None in steps else steps)
        root.ways += row["ways"]
        node = root
        for depth, name in enumerate(way, 1):
            node = node.children.setdefault(name, Node(name, way[:depth]))
            node.ways += row["ways"]
        if len(way) < asked.steps:
            node.ended += row["ways"]
    return root, len(rows) == MOST_WAYS


def offered_pages(scope: Scope) -> list[str]:
    """Return the pages most looked at in a scope, as names of steps."""
    return [row["name"] for row in ask_of_today(expressions.pages, scope, limit=MOST_PAGES)]
