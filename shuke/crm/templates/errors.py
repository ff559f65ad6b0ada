"""What can go wrong with templates."""

from shuke.kernel.errors import Kind, ShukeError


class UnknownTemplate(ShukeError):
    """There is no such template, version, snippet or picture."""

    code = "templates.unknown"
    kind = Kind.NOT_FOUND


class BadTemplate(ShukeError):
    """What was written does not make a template: ``facts`` name block, field and reason."""

    code = "templates.bad"
    kind = Kind.INVALID


class NotPublishable(ShukeError):
    """The checks found an error, or there is nothing to publish."""

    code = "templates.not_publishable"
    kind = Kind.CONFLICT


class NotPublished(ShukeError):
    """This version says nothing yet that could be sent."""

    code = "templates.not_published"
    kind = Kind.CONFLICT


class NeedsSecondPerson(ShukeError):
    """Whoever asked for the approval cannot give it."""

    code = "templates.needs_second_person"
    kind = Kind.FORBIDDEN


class BadPicture(ShukeError):
    """A file is not a picture that can be used in messages."""

    code = "templates.bad_picture"
    kind = Kind.INVALID


class RenderingStopped(ShukeError):
    """A template went beyond what a message may take: loops, size, time, or it made an error of its own."""

    code = "templates.rendering_stopped"
    kind = Kind.INVALID
