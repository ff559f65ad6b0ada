"""Refusals.

ShukeError
├── UnknownSeries       nobody measures that, or nothing of it is known
└── NothingToPlanFrom   too little history to expect anything of an event
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class UnknownSeries(ShukeError):
    """There is no such series."""

    code = "forecasts.unknown_series"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such series."))


class NothingToPlanFrom(ShukeError):
    """Sales are too few or too young to expect anything of an event."""

    code = "forecasts.nothing_to_plan_from"

    def __init__(self, days: int) -> None:
        super().__init__(
            _("There is not enough history to plan from: it takes %(days)s days of sales up to the last four weeks."),
            days=days,
        )
