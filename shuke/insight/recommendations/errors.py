"""Refusals.

ShukeError
├── LearningFailed       the process that learns ended before it was done
├── UnknownPlacement     there is no such place to show things in
├── UnknownProduct       the shop has no such product
├── InvalidToken         a token that we did not give, or that is too old
└── CombinationNotFound
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class LearningFailed(ShukeError):
    """The process that learns ended before it was done: killed, or out of memory."""

    code = "recommendations.learning_failed"
    kind = Kind.UNAVAILABLE

    def __init__(self, said: str) -> None:
        super().__init__(_("Learning ended before it was done: %(said)s"), said=said)


class UnknownPlacement(ShukeError):
    """There is no such place to show things in."""

    code = "recommendations.unknown_placement"
    kind = Kind.INVALID

    def __init__(self, placement: str, known: str) -> None:
        super().__init__(
            _("There is no placement “%(placement)s”: choose from %(known)s."), placement=placement, known=known
        )


class UnknownProduct(ShukeError):
    """The shop has no such product."""

    code = "recommendations.unknown_product"
    kind = Kind.NOT_FOUND

    def __init__(self, product: str) -> None:
        super().__init__(_("There is no product “%(product)s”."), product=product)


class InvalidToken(ShukeError):
    """A token that we did not give, or that is too old to be believed."""

    code = "recommendations.invalid_token"
    kind = Kind.INVALID

    def __init__(self) -> None:
        super().__init__(_("This token was not given by us, or it is older than 90 days."))


class CombinationNotFound(ShukeError):
    """There is no such combination, or the last run found others."""

    code = "recommendations.combination_not_found"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such combination. They are found anew every night."))
