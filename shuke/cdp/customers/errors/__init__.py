"""What can go wrong with customers.

CustomersError
├── UnknownCustomer   there is no such customer (any more)
├── UnknownTag        there is no such tag (any more)
├── TagNameTaken      another tag has that name
├── BadTagName        a tag needs a name of 1 to 64 characters
├── BadViewName       a saved view needs a name
├── BadAddress        an e-mail address, number or postal address cannot be one
├── BadNotice         a notice needs a name, a text and purposes
├── BadSuppression    there is no such scope or reason, or it may not expire
├── UnknownSuppression  it is not in force any more
├── CannotLift        only a later explicit grant by the person ends a suppression
├── UnknownMerge     there is no such merge
├── CannotMerge      these two cannot become one
├── CannotSplit      this merge cannot be undone (any more)
├── BadFile           a file of consents cannot be read
├── NoReason          a look at an address needs a reason
└── TooManyReveals    somebody looked at too many addresses within an hour
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


class BadAddress(CustomersError):
    """This cannot be an address of its kind, or it is one that thousands type in."""

    code: ClassVar[str] = "customers.bad_address"
    kind: ClassVar[Kind] = Kind.INVALID


class BadNotice(CustomersError):
    """A notice needs a name, a text and purposes."""

    code: ClassVar[str] = "customers.bad_notice"
    kind: ClassVar[Kind] = Kind.INVALID


class BadSuppression(CustomersError):
    """There is no such scope or reason, or it may not expire."""

    code: ClassVar[str] = "customers.bad_suppression"
    kind: ClassVar[Kind] = Kind.INVALID


class UnknownSuppression(CustomersError):
    """There is no such suppression in force."""

    code: ClassVar[str] = "customers.unknown_suppression"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class CannotLift(CustomersError):
    """Only a later explicit grant by the person ends a suppression."""

    code: ClassVar[str] = "customers.cannot_lift"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class TooManyReveals(CustomersError):
    """Somebody looked at too many addresses within an hour."""

    code: ClassVar[str] = "customers.too_many_reveals"
    kind: ClassVar[Kind] = Kind.LIMITED


class TagFollowsRule(CustomersError):
    """An automatic tag is put on and taken off by its rule alone."""

    code: ClassVar[str] = "customers.tag_follows_rule"
    kind: ClassVar[Kind] = Kind.CONFLICT


class TagInUse(CustomersError):
    """Something rests on this tag."""

    code: ClassVar[str] = "customers.tag_in_use"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnknownTagGroup(CustomersError):
    """There is no such group of tags."""

    code: ClassVar[str] = "customers.unknown_tag_group"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class TagGroupConflict(CustomersError):
    """The group's name is taken, or its tags cannot exclude each other."""

    code: ClassVar[str] = "customers.tag_group_conflict"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnknownRelation(CustomersError):
    """There is no such relation, or it cannot be between these two."""

    code: ClassVar[str] = "customers.unknown_relation"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnknownMerge(CustomersError):
    """There is no such merge."""

    code: ClassVar[str] = "customers.unknown_merge"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class CannotMerge(CustomersError):
    """These two cannot become one."""

    code: ClassVar[str] = "customers.cannot_merge"
    kind: ClassVar[Kind] = Kind.CONFLICT


class CannotSplit(CustomersError):
    """This merge cannot be undone, or has been."""

    code: ClassVar[str] = "customers.cannot_split"
    kind: ClassVar[Kind] = Kind.CONFLICT


class NoReason(CustomersError):
    """Whoever looks at an address says why."""

    code: ClassVar[str] = "customers.no_reason"
    kind: ClassVar[Kind] = Kind.INVALID


class BadFile(CustomersError):
    """A file of consents cannot be read."""

    code: ClassVar[str] = "customers.bad_file"
    kind: ClassVar[Kind] = Kind.INVALID
