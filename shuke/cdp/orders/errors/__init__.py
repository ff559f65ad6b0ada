"""What can go wrong with orders.

OrdersError
├── InvalidRecord       a record handed to a door cannot be stored as it is
├── UnknownRecord       there is no such order or refund
├── UnreadableFile      nothing can be read from an uploaded file
├── InvalidMapping      a mapping leaves out what an import needs, or names unknown columns
├── WrongState          an import is not at the point where this may be done
└── ChangedSince        an undo would overwrite later changes
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class OrdersError(ShukeError):
    """Any refusal of orders."""

    code = "orders.error"


class InvalidRecord(OrdersError):
    """A record cannot be stored as it is; ``field`` says where."""

    code = "orders.invalid_record"

    def __init__(self, kind: str, number: str, *, field: str, reason: Any) -> None:
        text = _("%(kind)s “%(number)s”, %(field)s: %(reason)s")
        said = {"kind": kind, "number": number, "field": field, "reason": reason}
        super().__init__(text % said, **said)


class UnknownRecord(OrdersError):
    """There is no such order or refund."""

    code = "orders.unknown_record"
    kind = Kind.NOT_FOUND


class UnreadableFile(OrdersError):
    """Nothing can be read from a file; the message says why and what to do."""

    code = "orders.unreadable_file"


class InvalidMapping(OrdersError):
    """A mapping leaves out what an import needs, or names columns that the file does not have."""

    code = "orders.invalid_mapping"


class WrongState(OrdersError):
    """An import is not at the point where this may be done."""

    code = "orders.wrong_state"
    kind = Kind.CONFLICT


class ChangedSince(OrdersError):
    """An undo would overwrite what happened after the import; ``facts`` count and list it."""

    code = "orders.changed_since"
    kind = Kind.CONFLICT
