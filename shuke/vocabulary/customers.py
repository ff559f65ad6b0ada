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
