"""What can go wrong with messages."""

from shuke.kernel.errors import Kind, ShukeError


class BadCandidate(ShukeError):
    """What was asked for is no message: a key is missing or too long, or the channel is none."""

    code = "messaging.bad_candidate"
    kind = Kind.INVALID


class BadPolicy(ShukeError):
    """A contact policy that cannot be meant."""

    code = "messaging.bad_policy"
    kind = Kind.INVALID


class UnknownMessage(ShukeError):
    """There is no such message."""

    code = "messaging.unknown_message"
    kind = Kind.NOT_FOUND


class NotAllowed(ShukeError):
    """A message may not leave: no decision that has not expired, or the address has been suppressed since."""

    code = "messaging.not_allowed"
    kind = Kind.CONFLICT


class BadLink(ShukeError):
    """A link that we did not make."""

    code = "messaging.bad_link"
    kind = Kind.NOT_FOUND
