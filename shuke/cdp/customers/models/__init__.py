"""Tables of customers."""

from shuke.cdp.customers.models.consent import (
    ConsentAction,
    ConsentRecord,
    ConsentState,
    ContactReveal,
    NoticeVersion,
    Purpose,
    Suppression,
)
from shuke.cdp.customers.models.merging import CustomerMerge, IdentityMove, MergeReason
from shuke.cdp.customers.models.people import (
    Channel,
    ContactPoint,
    Customer,
    CustomerKind,
    CustomerTag,
    Identity,
    IdentityReason,
    NameWord,
    Relation,
    RelationKind,
    SavedView,
    Tag,
    TagGroup,
)

__all__ = [
    "Channel", "ConsentAction", "ConsentRecord", "ConsentState", "ContactPoint", "ContactReveal", "Customer",
    "CustomerKind", "CustomerMerge", "CustomerTag", "Identity", "IdentityMove", "IdentityReason", "MergeReason",
    "NameWord", "NoticeVersion", "Purpose", "Relation", "RelationKind", "SavedView", "Suppression", "Tag", "TagGroup",
]  # fmt: skip
