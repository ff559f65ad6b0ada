"""Tables of customers."""

from shuke.cdp.customers.models.consent import (
    ConsentAction,
    ConsentChannel,
    ConsentRecord,
    ConsentState,
    ContactReveal,
    NoticeVersion,
    Purpose,
    Suppression,
    SuppressionReason,
)
from shuke.cdp.customers.models.merging import CustomerMerge, IdentityMove, MergeReason
from shuke.cdp.customers.models.people import (
    Channel,
    ContactPoint,
    ContactStatus,
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
    "Channel", "ConsentAction", "ConsentChannel", "ConsentRecord", "ConsentState", "ContactPoint", "ContactReveal",
    "ContactStatus", "Customer", "CustomerKind", "CustomerMerge", "CustomerTag", "Identity", "IdentityMove",
    "IdentityReason", "MergeReason", "NameWord", "NoticeVersion", "Purpose", "Relation", "RelationKind",
    "SavedView", "Suppression", "SuppressionReason", "Tag", "TagGroup",
]  # fmt: skip
