"""What happens to customers."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CustomerCreated:
    """A person became known."""

    NAME: ClassVar[str] = "customer.created"
    VERSION: ClassVar[int] = 1

    shop: str = ""


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """Attributes of a person changed; ``fields`` names them, never their values."""

    NAME: ClassVar[str] = "customer.changed"
    VERSION: ClassVar[int] = 1

    fields: list[str]


@dataclass(frozen=True, slots=True)
class CustomerTagged:
    """A tag was put on a customer."""

    NAME: ClassVar[str] = "customer.tagged"
    VERSION: ClassVar[int] = 1

    tag_id: int
    tag: str


@dataclass(frozen=True, slots=True)
class CustomerUntagged:
    """A tag was taken off a customer."""

    NAME: ClassVar[str] = "customer.untagged"
    VERSION: ClassVar[int] = 1

    tag_id: int
    tag: str


@dataclass(frozen=True, slots=True)
class CustomerAttributesChanged:
    """The values in force of custom attributes became others; ``codes`` names the attributes, never their values."""

    NAME: ClassVar[str] = "customer.attributes_changed"
    VERSION: ClassVar[int] = 1

    codes: list[str]


@dataclass(frozen=True, slots=True)
class ConsentRequested:
    """A person was asked for permission, or to confirm it."""

    NAME: ClassVar[str] = "consent.requested"
    VERSION: ClassVar[int] = 1

    record_id: int
    channel: str
    purpose: str
    topic: str
    method: str


@dataclass(frozen=True, slots=True)
class ConsentGranted:
    """A person gave permission; ``is_confirmed`` once they proved that the address is theirs."""

    NAME: ClassVar[str] = "consent.granted"
    VERSION: ClassVar[int] = 1

    record_id: int
    channel: str
    purpose: str
    topic: str
    method: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A permission ended: ``how`` is withdrawn, refused, objected, expired or superseded."""

    NAME: ClassVar[str] = "consent.withdrawn"
    VERSION: ClassVar[int] = 1

    record_id: int
    channel: str
    purpose: str
    topic: str
    method: str
    how: str


@dataclass(frozen=True, slots=True)
class ContactSuppressed:
    """An address must not be written to any more."""

    NAME: ClassVar[str] = "contact.suppressed"
    VERSION: ClassVar[int] = 1

    suppression_id: int
    channel: str
    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContactUnsuppressed:
    """A suppression ended, through a later explicit grant by the person."""

    NAME: ClassVar[str] = "contact.unsuppressed"
    VERSION: ClassVar[int] = 1

    suppression_id: int
    channel: str
    scope: str


@dataclass(frozen=True, slots=True)
class CustomerErased:
    """A person was forgotten: what is left says no more who they were."""

    NAME: ClassVar[str] = "customer.erased"
    VERSION: ClassVar[int] = 1

    customer_ids: list[int]


@dataclass(frozen=True, slots=True)
class CustomerRestricted:
    """A person's data may be kept, and used for nothing else; or, with ``is_restricted`` false, may be used again."""

    NAME: ClassVar[str] = "customer.restricted"
    VERSION: ClassVar[int] = 1

    is_restricted: bool


@dataclass(frozen=True, slots=True)
class IdentitiesMoved:
    """Identities changed hands without a merge: a visitor became known, or a device turned out to be shared."""

    NAME: ClassVar[str] = "identity.moved"
    VERSION: ClassVar[int] = 1

    identity_ids: list[int]
    customer_ids: list[int]


@dataclass(frozen=True, slots=True)
class CustomerMerged:
    """A customer turned out to be the same person as another, under whose number both go on."""

    NAME: ClassVar[str] = "customer.merged"
    VERSION: ClassVar[int] = 1

    survivor_id: int
    merged_id: int
    identity_ids: list[int]
    merge: str


@dataclass(frozen=True, slots=True)
class CustomerSplit:
    """A merge was undone: the merged customer is a person of their own again."""

    NAME: ClassVar[str] = "customer.split"
    VERSION: ClassVar[int] = 1

    survivor_id: int
    merged_id: int
    identity_ids: list[int]
    merge: str
