"""The verbs of attributes."""

from shuke.cdp.attributes.actions.define import Choice, Definition, archive, ask_to_reread, change, create, restore
from shuke.cdp.attributes.actions.erasing import erase
from shuke.cdp.attributes.actions.merging import merge, split
from shuke.cdp.attributes.actions.rereading import CHUNK, reread
from shuke.cdp.attributes.actions.values import MOST_AT_ONCE, Outcome, Refused, Said, set_by_hand, set_values
from shuke.cdp.attributes.rules.kinds import Kind, Limits

__all__ = [
    "CHUNK", "MOST_AT_ONCE", "Choice", "Definition", "Kind", "Limits", "Outcome", "Refused", "Said", "archive", "ask_to_reread",
    "change", "create", "erase", "merge", "reread", "restore", "set_by_hand", "set_values", "split",
]  # fmt: skip
