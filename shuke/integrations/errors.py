"""What can go wrong with connections."""

from shuke.kernel.errors import Kind, ShukeError


class UnknownConnection(ShukeError):
    """There is no such connection, or it was closed."""

    code = "integrations.unknown_connection"
    kind = Kind.NOT_FOUND


class BadConnection(ShukeError):
    """What was entered cannot be a connection."""

    code = "integrations.bad_connection"
    kind = Kind.INVALID


class NotGenuine(ShukeError):
    """A delivery's signature is missing, wrong or too old."""

    code = "integrations.not_genuine"
    kind = Kind.FORBIDDEN


class Unusable(ShukeError):
    """A delivery that cannot be turned into records; ``reason`` is a code of ``rules.wording``."""

    code = "integrations.unusable"
    kind = Kind.INVALID


class ShopUnavailable(ShukeError):
    """The shop did not answer, or asks us to come back later."""

    code = "integrations.shop_unavailable"
    kind = Kind.UNAVAILABLE


class Busy(ShukeError):
    """The shop's records are being fetched already."""

    code = "integrations.busy"
    kind = Kind.CONFLICT
