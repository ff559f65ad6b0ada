"""Refusals.

ShukeError
├── LearningFailed     the process that learns ended before it was done
└── UnknownPrediction
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class LearningFailed(ShukeError):
    """The process that learns ended before it was done: killed, or out of memory."""

    code = "predictions.learning_failed"
    kind = Kind.UNAVAILABLE

    def __init__(self, said: str) -> None:
        super().__init__(_("Learning ended before it was done: %(said)s"), said=said)


class UnknownPrediction(ShukeError):
    """There is no prediction of that name."""

    code = "predictions.unknown"
    kind = Kind.NOT_FOUND

    def __init__(self, name: str) -> None:
        super().__init__(_("There is no prediction “%(name)s”."), name=name)
