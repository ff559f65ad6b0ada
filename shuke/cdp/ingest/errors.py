"""What can go wrong when something is taken in.

IngestError
├── UnknownSource        there is no such source (any more)
├── BadSource            a source's name or settings do not hold together
├── UnknownLetter        there is no such dead letter (any more)
├── LetterIsSettled      the dead letter was replayed or discarded already
├── BadLetter            what was typed in its place cannot be read either
├── BadPlan              a planned event needs a name and known types
└── Overloaded           more is waiting to be written than we hold in memory
"""

from typing import ClassVar

from shuke.kernel.errors import Kind, ShukeError


class IngestError(ShukeError):
    """The root of this domain's refusals."""


class UnknownSource(IngestError):
    """There is no such source, or no longer."""

    code: ClassVar[str] = "ingest.unknown_source"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class BadSource(IngestError):
    """A source's name or settings do not hold together."""

    code: ClassVar[str] = "ingest.bad_source"
    kind: ClassVar[Kind] = Kind.INVALID


class UnknownLetter(IngestError):
    """There is no such dead letter, or no longer."""

    code: ClassVar[str] = "ingest.unknown_letter"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class LetterIsSettled(IngestError):
    """The dead letter was replayed or discarded already."""

    code: ClassVar[str] = "ingest.letter_is_settled"
    kind: ClassVar[Kind] = Kind.CONFLICT


class BadLetter(IngestError):
    """What was typed in its place cannot be read either."""

    code: ClassVar[str] = "ingest.bad_letter"
    kind: ClassVar[Kind] = Kind.INVALID


class BadPlan(IngestError):
    """A planned event needs a name and known types."""

    code: ClassVar[str] = "ingest.bad_plan"
    kind: ClassVar[Kind] = Kind.INVALID


class Overloaded(IngestError):
    """More is waiting to be written than we want to hold in memory."""

    code: ClassVar[str] = "ingest.overloaded"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE
