"""What can go wrong with channels."""

from shuke.kernel.errors import Kind, ShukeError


class NotApproved(ShukeError):
    """A message without a decision that lets it go: none, a forged or an expired one, or one for another message."""

    code = "channels.not_approved"
    kind = Kind.FORBIDDEN


class Withheld(ShukeError):
    """Raised by whoever is told that a message is about to leave: it stays here."""

    code = "channels.withheld"
    kind = Kind.CONFLICT


class UnknownAccount(ShukeError):
    """There is no such account, or it was closed."""

    code = "channels.unknown_account"
    kind = Kind.NOT_FOUND


class BadAccount(ShukeError):
    """What was entered cannot be an account."""

    code = "channels.bad_account"
    kind = Kind.INVALID


class BadContent(ShukeError):
    """A message that this channel cannot carry: an address that is none, a line break in a header, nothing to say."""

    code = "channels.bad_content"
    kind = Kind.INVALID


class NotGenuine(ShukeError):
    """A call from a provider whose signature is missing, wrong or too old."""

    code = "channels.not_genuine"
    kind = Kind.FORBIDDEN


class ProviderUnavailable(ShukeError):
    """The provider did not answer, or asks us to come back later."""

    code = "channels.provider_unavailable"
    kind = Kind.UNAVAILABLE
