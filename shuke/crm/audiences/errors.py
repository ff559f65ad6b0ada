"""What can go wrong with audiences that leave the house."""

from shuke.kernel.errors import Kind, ShukeError


class UnknownDestination(ShukeError):
    """There is no such destination."""

    code = "audiences.unknown_destination"
    kind = Kind.NOT_FOUND


class BadDestination(ShukeError):
    """A destination that cannot be: no address to call, or clear ids without leave."""

    code = "audiences.bad_destination"
    kind = Kind.INVALID


class NotTaken(ShukeError):
    """The other side did not take what was sent."""

    code = "audiences.not_taken"
    kind = Kind.CONFLICT
