"""Refusals.

ShukeError
├── BadText          a text that cannot be taken, with the field
├── BadTopic         a topic that cannot be changed so
├── UnreadableTexts  a file in which no text can be read
├── NoSummary        the outside service gave none
├── LearningFailed   the process that learns ended before it was done
└── UnknownText
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class BadText(ShukeError):
    """A text that cannot be taken, and in which field it is wrong."""

    code = "voice.bad_text"
    kind = Kind.INVALID

    def __init__(self, message: Any, *, field: str) -> None:
        super().__init__(message, field=field)
        self.field = field


class BadTopic(ShukeError):
    """A topic that cannot be changed so."""

    code = "voice.bad_topic"
    kind = Kind.INVALID


class UnreadableTexts(ShukeError):
    """A file in which no text can be read; the message says why."""

    code = "voice.unreadable_texts"
    kind = Kind.INVALID


class NoSummary(ShukeError):
    """The outside service gave no summary; the message says why. Nothing else depends on it."""

    code = "voice.no_summary"
    kind = Kind.UNAVAILABLE


class LearningFailed(ShukeError):
    """The process that learns ended before it was done: killed, or out of memory."""

    code = "voice.learning_failed"
    kind = Kind.UNAVAILABLE

    def __init__(self, said: str) -> None:
        super().__init__(_("Learning ended before it was done: %(said)s"), said=said)


class UnknownText(ShukeError):
    """There is no such text (any more)."""

    code = "voice.unknown_text"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such text (any more)."))
