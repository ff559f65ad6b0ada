"""What can go wrong with the demo company.

DemoError
├── NotEmpty      there is a company here already; its data is not mixed with made-up data
└── UnknownSize   no such size
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from shuke.kernel.errors import Kind, ShukeError


class DemoError(ShukeError):
    """Root of the demo's refusals."""

    code = "demo.error"


class NotEmpty(DemoError):
    """There is a company here already; its data is not mixed with made-up data."""

    code = "demo.not_empty"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("There is a company here already. Start the demo with an empty SHUKE_HOME."))


class UnknownSize(DemoError):
    """No such size."""

    code = "demo.unknown_size"

    def __init__(self, size: str, known: Sequence[str]) -> None:
        super().__init__(
            _("There is no demo of size %(size)s; choose %(known)s.") % {"size": size, "known": ", ".join(known)},
            size=size,
            known=list(known),
        )
