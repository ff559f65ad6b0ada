"""What a platform's call or page of records amounts to, in our own words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Self

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.orders.actions import CheckoutRecord, OrderRecord, RefundRecord


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A sale that the shop deleted or closed, by number or key; without a time it happened when the call came."""

    key: str
    at: datetime | None = None
    reason: str = "deleted"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer of the shop; ``version`` is when the shop last changed them."""

    person: PersonRecord
    tags: tuple[str, ...] = ()
    version: datetime | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A product of the shop; ``version`` is when the shop last changed it."""

    product: ProductRecord
    version: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked of the platform: ``export`` or ``erase``."""

    kind: str
    external_id: str = ""
    email: str = ""
    phone: str = ""


@dataclass(slots=True)
class Records:
    """Records of one shop, to be written together."""

    orders: list[OrderRecord] = field(default_factory=list)
    refunds: list[RefundRecord] = field(default_factory=list)
    called_off: list[CalledOff] = field(default_factory=list)
    checkouts: list[CheckoutRecord] = field(default_factory=list)
    customers: list[Buyer] = field(default_factory=list)
    products: list[Article] = field(default_factory=list)
    consents: list[Statement] = field(default_factory=list)
    privacy: list[Asked] = field(default_factory=list)
    # Orders that a call only names; their full records have to be fetched.
    wanted_orders: list[str] = field(default_factory=list)
    # A code of what is wrong with the connection itself, such as that the shop took our access away.
    trouble: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @classmethod
    def together(cls, all_of_them: Iterable["Records"]) -> Self:
        """Put several into one, in order."""
        found = cls()
        for records in all_of_them:
            for one in fields(cls):
                value = getattr(records, one.name)
                if isinstance(value, list):
                    getattr(found, one.name).extend(value)
                else:
                    setattr(found, one.name, getattr(found, one.name) or value)
        return found

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind, without those of which there are none."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: len(value) for name, value in found.items() if isinstance(value, list) and value}

    def date(self, happened: datetime) -> None:
        """Give what disappeared, and does not say when, the moment at which it was told."""
        self.called_off = [replace(one, at=one.at or happened) for one in self.called_off]
        self.products = [
            replace(one, version=one.version or happened) if one.product.is_active is False else one
            for one in self.products
        ]

    def keys(self) -> set[str]:
        """Return the keys and addresses of the people in them, by which an erasure finds where they came from."""
        people = [one.person for one in self.orders if one.person]
        people += [one.person for one in self.refunds if one.person]
        people += [one.person for one in self.checkouts if one.person]
        people += [one.person for one in self.customers]
        found = {key for one in people for key in (one.external_id, one.email, phone_key(one.phone)) if key}
        found |= {key for one in self.privacy for key in (one.external_id, one.email, phone_key(one.phone)) if key}
        return found | {one.address if "@" in one.address else phone_key(one.address) for one in self.consents}


def phone_key(written: str) -> str:
    """Return what is the same however a phone number is written: its last digits.

    >>> phone_key("+86 138-1234-5678") == phone_key("13812345678")
    True
    """
    digits = "".join(one for one in written if one.isdigit())[-9:]
    return f"tel:{digits}" if digits else ""
