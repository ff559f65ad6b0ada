"""Refusals.

ShukeError
├── InvalidCosts   rows of spending that cannot be read; ``problems`` say which and why
├── NotYours       a report or board of somebody else
├── Gone           it is not there (any more)
└── TooMany        more customers than a list takes at once
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class InvalidCosts(ShukeError):
    """Some rows cannot be read, so none was taken."""

    code = "analytics.invalid_costs"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(_("Nothing was taken: %(count)s rows cannot be read."), count=len(problems))
        self.problems = list(problems)


class NotYours(ShukeError):
    """Only who made it may change it."""

    code = "analytics.not_yours"
    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Only who made it may change it."))


class Gone(ShukeError):
    """There is no such report or board."""

    code = "analytics.gone"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such report or board."))


class TooMany(ShukeError):
    """A list is made at once only of so many."""

    code = "analytics.too_many"

    def __init__(self, most: int) -> None:
        super().__init__(
            _("These are more than %(most)s customers: narrow the report, or build a segment."), most=f"{most:,}"
        )
