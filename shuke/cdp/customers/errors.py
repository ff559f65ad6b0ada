"""What can go wrong with customers.

CustomersError
├── UnknownCustomer   there is no such customer (any more)
├── UnknownTag        there is no such tag (any more)
├── TagNameTaken      another tag has that name
├── BadTagName        a tag needs a name of 1 to 64 characters
└── BadViewName       a saved view needs a name
"""

from typing import ClassVar

from shuke.kernel.errors import Kind, ShukeError


class CustomersError(ShukeError):
    """The root of this domain's refusals."""


class UnknownCustomer(CustomersError):
    """There is no such customer, or no longer."""

    code: ClassVar[str] = "customers.unknown_customer"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UnknownTag(CustomersError):
    """There is no such tag, or no longer."""

    code: ClassVar[str] = "customers.unknown_tag"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class TagNameTaken(CustomersError):
    """Another tag has that name."""

    code: ClassVar[str] = "customers.tag_name_taken"
    kind: ClassVar[Kind] = Kind.CONFLICT


class BadTagName(CustomersError):
    """A tag needs a name."""

    code: ClassVar[str] = "customers.bad_tag_name"
    kind: ClassVar[Kind] = Kind.INVALID


class BadViewName(CustomersError):
    """A saved view needs a name."""

    code: ClassVar[str] = "customers.bad_view_name"
    kind: ClassVar[Kind] = Kind.INVALID
