"""What can go wrong with the work of people."""

from shuke.kernel.errors import Kind, ShukeError


class UnknownEntry(ShukeError):
    """There is no such entry on the list, or it is somebody else's."""

    code = "team.unknown_entry"
    kind = Kind.NOT_FOUND


class NotToBeCalled(ShukeError):
    """This customer is not to be called: held out, erased, or they may not be."""

    code = "team.not_to_be_called"
    kind = Kind.CONFLICT


class BadOutcome(ShukeError):
    """What was entered about a call does not fit."""

    code = "team.bad_outcome"
    kind = Kind.INVALID


class BadScript(ShukeError):
    """A script names something that nobody fills in."""

    code = "team.bad_script"
    kind = Kind.INVALID


class BadAssignment(ShukeError):
    """This person cannot look after customers."""

    code = "team.bad_assignment"
    kind = Kind.INVALID
