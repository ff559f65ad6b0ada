"""What the API refuses before a domain is asked.

ApiError
├── ScopeMissing     the key may not do this
├── TooManyCalls     the key is calling faster than allowed
└── DamagedCursor    the cursor is not one of ours
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class ApiError(ShukeError):
    """A refusal at the edge of the API."""

    code = "api.refused"


class ScopeMissing(ApiError):
    """The key may not do this."""

    code = "api.scope_missing"
    kind = Kind.FORBIDDEN

    def __init__(self, scope: str) -> None:
        super().__init__(_("This key lacks the scope “%(scope)s”.") % {"scope": scope}, scope=scope)


class TooManyCalls(ApiError):
    """The key is calling faster than allowed."""

    code = "api.too_many_calls"
    kind = Kind.LIMITED

    def __init__(self, retry_after: int) -> None:
        super().__init__(_("Too many calls. Try again in %(n)s seconds.") % {"n": retry_after}, retry_after=retry_after)


class DamagedCursor(ApiError):
    """The cursor is not one of ours."""

    code = "api.damaged_cursor"

    def __init__(self) -> None:
        super().__init__(_("This cursor is damaged or belongs to another list. Start again without one."))
