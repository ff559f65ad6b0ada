"""The root of every anticipated refusal.

    ShukeError
    ├── (each domain's errors.py draws its own tree)

A refusal carries a stable ``code``, a ``kind`` that the edges translate (HTTP status, form error, exit code, retry)
and typed ``facts``. Domains raise; they know nothing of HTTP.
"""

from enum import Enum
from typing import Any, ClassVar

from typing_extensions import override


class Kind(Enum):
    """How an edge should answer a refusal; the value is the HTTP status."""

    INVALID = 422
    NOT_FOUND = 404
    FORBIDDEN = 403
    CONFLICT = 409
    LIMITED = 429
    UNAVAILABLE = 503


class ShukeError(Exception):
    """A refusal that was foreseen: ``message`` is for people, ``facts`` for programs.

    A message may name facts as ``%(name)s``. They are filled in when it is read, so that it can be read in any language.
    """

    code: ClassVar[str] = "shuke.error"
    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(self, message: Any, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @override
    def __str__(self) -> str:
        text = str(self.message)
        return text % self.facts if "%(" in text else text
