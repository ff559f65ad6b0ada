"""The verbs of traits."""

from shuke.insight.traits.actions.compute import Computed, compute
from shuke.insight.traits.actions.define import archive, ask, create, update
from shuke.insight.traits.actions.tagging import ask_for_tag, bind, follow, release
from shuke.insight.traits.rules import Facts, Measure, Recipe

__all__ = [
    "Computed", "Facts", "Measure", "Recipe", "archive", "ask", "ask_for_tag", "bind", "compute", "create", "follow", "release", "update",
]  # fmt: skip
