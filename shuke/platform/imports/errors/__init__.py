"""What can go wrong with files.

ImportsError
├── UnreadableFile      nothing can be read from an uploaded file
├── InvalidMapping      a mapping leaves out what an import needs, or names unknown columns
├── WrongState          an import is not at the point where this may be done
└── ChangedSince        an undo would overwrite later changes
"""

from shuke.kernel.errors import Kind, ShukeError


class ImportsError(ShukeError):
    """Any refusal of an import."""

    code = "imports.error"


class UnreadableFile(ImportsError):
    """Nothing can be read from a file; the message says why and what to do."""

    code = "imports.unreadable_file"


class InvalidMapping(ImportsError):
    """A mapping leaves out what an import needs, or names columns that the file does not have."""

    code = "imports.invalid_mapping"


class WrongState(ImportsError):
    """An import is not at the point where this may be done."""

    code = "imports.wrong_state"
    kind = Kind.CONFLICT


class ChangedSince(ImportsError):
    """An undo would overwrite what happened after the import; ``facts`` count and list it."""

    code = "imports.changed_since"
    kind = Kind.CONFLICT
