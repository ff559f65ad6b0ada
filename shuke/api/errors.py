"""What the edge refuses about repeated writes.

IdempotencyError
├── KeyReused        the key came before with another request
└── StillWorking     the first request with this key has not been answered yet
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class IdempotencyError(ShukeError):
    """A write cannot be repeated as asked."""

    code = "idempotency.refused"
    kind = Kind.CONFLICT


class KeyReused(IdempotencyError):
    """The key came before with another request."""

    code = "idempotency.key_reused"
    kind = Kind.INVALID

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another request. Use a new one for each request."))


class StillWorking(IdempotencyError):
    """The first request with this key has not been answered yet."""

    code = "idempotency.still_working"

    def __init__(self) -> None:
        super().__init__(
            _("The first request with this Idempotency-Key is still being worked on. Try again shortly."), retry_after=1
        )
