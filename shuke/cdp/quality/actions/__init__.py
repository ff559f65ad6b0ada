"""The verbs of quality."""

from shuke.cdp.quality.actions.deciding import accept, accept_above, configure, reconsider, tell_apart
from shuke.cdp.quality.actions.mending import start, undo
from shuke.cdp.quality.actions.reading import note_changed
from shuke.cdp.quality.actions.searching import search_changed, search_everybody

__all__ = [
    "accept", "accept_above", "configure", "note_changed", "reconsider", "search_changed", "search_everybody", "start",
    "tell_apart", "undo",
]  # fmt: skip
