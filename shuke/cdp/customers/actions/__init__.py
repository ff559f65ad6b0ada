"""The verbs of customers."""

from shuke.cdp.customers.actions.configuring import configure_identities
from shuke.cdp.customers.actions.contacts import reveal
from shuke.cdp.customers.actions.correcting import Correction, correct
from shuke.cdp.customers.actions.editing import EDITABLE, edit
from shuke.cdp.customers.actions.merging import Split, Wanted, merge, merge_together, split
from shuke.cdp.customers.actions.relations import create_company, relate, relate_many, set_kind, unrelate
from shuke.cdp.customers.actions.resolution import Resolved, Visitor, hold_still, resolve, resolve_visitors
from shuke.cdp.customers.actions.saved_views import delete_view, save_view
from shuke.cdp.customers.actions.statements import VisitorRecord
from shuke.cdp.customers.actions.tag_groups import change_group, create_group, delete_group
from shuke.cdp.customers.actions.tags import (
    change_tag,
    create_tag,
    delete_tag,
    pour_tag,
    put,
    require_unused,
    set_automatic,
    strip_tag,
    tag,
    tag_named,
    take_off,
    untag,
)
from shuke.cdp.customers.actions.undo import Removal, remove_additions, remove_created_by
from shuke.cdp.customers.actions.upserting import upsert
from shuke.cdp.customers.rules import PersonRecord

__all__ = [
    "EDITABLE",
    "Correction",
    "PersonRecord",
    "Removal",
    "Resolved",
    "Split",
    "Visitor",
    "VisitorRecord",
    "Wanted",
    "change_group",
    "change_tag",
    "configure_identities",
    "correct",
    "create_company",
    "create_group",
    "create_tag",
    "delete_group",
    "delete_tag",
    "delete_view",
    "edit",
    "hold_still",
    "merge",
    "merge_together",
    "pour_tag",
    "put",
    "relate",
    "relate_many",
    "remove_additions",
    "remove_created_by",
    "require_unused",
    "resolve",
    "resolve_visitors",
    "reveal",
    "save_view",
    "set_automatic",
    "set_kind",
    "split",
    "strip_tag",
    "tag",
    "tag_named",
    "take_off",
    "unrelate",
    "untag",
    "upsert",
]
