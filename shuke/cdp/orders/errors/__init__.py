"""What can go wrong with orders.

OrdersError
├── InvalidRecord       a record handed to a door cannot be stored as it is
└── UnknownRecord       there is no such order or refund
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
