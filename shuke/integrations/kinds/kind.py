"""What a platform has to be able to do. Kinds decide and translate; they neither store nor send."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shuke.integrations.rules.records import Records


@dataclass(frozen=True, slots=True)
class Incoming:
    """A genuine call: what it is about, its number, and when it happened, as far as the platform says."""

    topic: str
    external_id: str
    triggered_at: datetime | None = None
    # Nothing to keep, such as a first call that only tries the address.
    is_ping: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """Something the connect form asks for; ``label`` and ``help`` are translated by the kind."""

    name: str
    label: Any
    help: Any = ""
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What translating needs to know about the shop: its currency and clock, where a record names none."""

    currency: str
    time_zone: str


class Client(Protocol):
    """Fetches a shop's records, page by page; raises ``ShopUnavailable``."""

    def check(self) -> str:
        """Return the shop's own name for itself; raise if the credentials do not open it."""
        ...

    def pages(
        self, since: datetime | None, cursor: Mapping[str, Any]
    ) -> Iterator[tuple[Records, dict[str, Any], int | None]]:
        """Yield records, the cursor behind them, and how many there are in all if that is known."""
        ...

    def orders(self, numbers: list[str]) -> Records:
        """Return the full records of some orders."""
        ...


class Kind(Protocol):
    """One platform."""

    code: str
    label: Any
    icon: str
    text: Any
    fields: tuple[Field, ...]
    # What the platform is to send, in its own words.
    topics: tuple[str, ...]
    # Whether we choose the secret, rather than the platform.
    makes_secret: bool

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, Any], *, now: datetime) -> Incoming:
        """Return what a call is; raise ``NotGenuine``. ``headers`` have lower-case names."""
        ...

    def translate(self, topic: str, said: Any, here: Surroundings) -> Records:
        """Return what a call amounts to; raise ``Unusable``."""
        ...

    def client(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], here: Surroundings) -> Client | None:
        """Return what fetches records from the shop; None where the platform has no such door."""
        ...

    def instructions(self, hook_url: str) -> list[Any]:
        """Return what a person has to do on the platform's side, step by step."""
        ...
