"""What can go wrong with campaigns."""

from shuke.kernel.errors import Kind, ShukeError


class UnknownCampaign(ShukeError):
    """There is no such campaign."""

    code = "campaigns.unknown"
    kind = Kind.NOT_FOUND


class BadCampaign(ShukeError):
    """What was said does not make a campaign."""

    code = "campaigns.bad"
    kind = Kind.INVALID


class WrongState(ShukeError):
    """This cannot be done with a campaign where it stands."""

    code = "campaigns.wrong_state"
    kind = Kind.CONFLICT


class NeedsSecondPerson(ShukeError):
    """Whoever asked for the approval cannot give it."""

    code = "campaigns.needs_second_person"
    kind = Kind.FORBIDDEN
