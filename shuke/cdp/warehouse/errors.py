"""What can go wrong in the warehouse.

    WarehouseError
    ├── WarehouseBusy       another process holds the warehouse
    ├── WarehouseMissing    the engine that the configuration names is not there
    ├── QueryCancelled      somebody called the query off
    ├── QueryTimedOut       the query ran longer than it may
    ├── QueryTooLarge       the query wanted more memory than it may have
    └── QueryFailed         the engine refused the query

A refusal of one query never disturbs another.
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class WarehouseError(ShukeError):
    """Base of the warehouse's refusals."""

    code = "warehouse.error"
    kind = Kind.UNAVAILABLE


class WarehouseBusy(WarehouseError):
    """The warehouse file is held by another process, usually the running server."""

    code = "warehouse.busy"

    def __init__(self, path: str) -> None:
        super().__init__(
            _(
                "The warehouse is held by another process, most likely the running Shuke server. "
                "Ask that server, or stop it first."
            ),
            path=path,
        )


class WarehouseMissing(WarehouseError):
    """The engine named by ``SHUKE_WAREHOUSE_URL`` cannot be reached or is not installed."""

    code = "warehouse.missing"

    def __init__(self, reason: str) -> None:
        super().__init__(
            _("The warehouse cannot be opened. Check SHUKE_WAREHOUSE_URL: %(reason)s"),
            reason=reason,
        )


class QueryCancelled(WarehouseError):
    """The query was called off before it finished."""

    code = "warehouse.query_cancelled"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("The question was called off before it was answered."))


class QueryTimedOut(WarehouseError):
    """The query was stopped because it ran too long."""

    code = "warehouse.query_timed_out"
    kind = Kind.LIMITED

    def __init__(self, seconds: float) -> None:
        super().__init__(
            _("This took longer than it may and was stopped. Ask for less, or try again."), seconds=seconds
        )


class QueryTooLarge(WarehouseError):
    """The query was stopped because it needed more memory and disk than it may use."""

    code = "warehouse.query_too_large"
    kind = Kind.LIMITED

    def __init__(self) -> None:
        super().__init__(
            _("This needs more memory than it may use. Ask for less, or give more in SHUKE_WAREHOUSE_MEMORY.")
        )


class QueryFailed(WarehouseError):
    """The engine could not run the query."""

    code = "warehouse.query_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(_("The warehouse could not answer this question."), reason=reason)
