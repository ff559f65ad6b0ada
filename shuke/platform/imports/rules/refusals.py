"""Why something of a file is not taken: a code and its facts. The wording lives with the pages, in both languages."""

from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """A value, row or file that cannot be used; ``code`` names the reason, ``facts`` fill its sentence."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row (or, with several rows, one order) that stays out, and why. ``row`` counts as a spreadsheet does."""

    row: int
    column: str
    value: str
    code: str
    number: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
