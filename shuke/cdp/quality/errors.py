"""What quality refuses, and why."""

from typing import ClassVar

from shuke.kernel.errors import Kind, ShukeError


class QualityError(ShukeError):
    """The root of this domain's refusals."""

    code: ClassVar[str] = "quality.error"


class UnknownSuggestion(QualityError):
    """There is no such suggestion (any more)."""

    code: ClassVar[str] = "quality.unknown_suggestion"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class SuggestionStale(QualityError):
    """The two customers are not what they were when somebody looked."""

    code: ClassVar[str] = "quality.suggestion_stale"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnknownFix(QualityError):
    """There is no such fix."""

    code: ClassVar[str] = "quality.unknown_fix"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class NothingToFix(QualityError):
    """There is nothing (left) to do, or another fix of the kind is under way."""

    code: ClassVar[str] = "quality.nothing_to_fix"
    kind: ClassVar[Kind] = Kind.CONFLICT
