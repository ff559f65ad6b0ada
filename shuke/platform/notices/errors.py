"""What can go wrong with notices."""

from shuke.kernel.errors import Kind, ShukeError


class BadTarget(ShukeError):
    """What was entered is no address that messages can be sent to."""

    code = "notices.bad_target"
    kind = Kind.INVALID


class UnknownTarget(ShukeError):
    """There is no such target."""

    code = "notices.unknown_target"
    kind = Kind.NOT_FOUND
