"""What a kind of channel has to be able to do. Kinds build, sign, send and read answers; they store nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import NotApproved
from shuke.crm.channels.rules import approval
from shuke.crm.channels.rules.parcels import Handed, Parcel
from shuke.platform.crypto.keys import unchanging

# Asked right before the first byte that cannot be taken back; False: it stays here.
MayGo = Callable[[str], bool]
ALL_PURPOSES = frozenset({"marketing", "service", "transactional", "survey"})


def secret() -> bytes:
    """Return the installation's secret that approvals are sealed with."""
    return unchanging("approval")


class Load:
    """Parcels whose approvals were looked at: the only thing that a carrier takes."""

    __slots__ = ("parcels",)

    def __init__(self, parcels: Sequence[Parcel], *, now: datetime) -> None:
        """Raise ``NotApproved`` if one of them may not go."""
        key = secret()
        for parcel in parcels:
            if reason := approval.refusal(key, parcel.decision, key=parcel.key, now=now):
                raise NotApproved(_("A message has no decision that lets it go: %(reason)s."), reason=reason)
        self.parcels = tuple(parcels)


def opened(load: Load) -> tuple[Parcel, ...]:
    """Return the parcels of a load; raise ``NotApproved`` for anything else, so that no carrier works without one."""
    if type(load) is not Load:
        raise NotApproved(_("Messages go by way of a decision only."), reason=approval.MISSING)
    return load.parcels


@dataclass(frozen=True, slots=True)
class Capability:
    """What a channel can carry. ``classes`` are the purposes it may be used for.

    ``hold_window``: free text reaches a person only for so long after they last wrote; outside of it a template code is needed.
    ``max_chars`` 0: no limit of ours.
    """

    channel: str
    classes: frozenset[str] = ALL_PURPOSES
    has_subject: bool = False
    is_html: bool = False
    max_chars: int = 0
    needs_template_code: bool = False
    hold_window: timedelta | None = None
    has_title: bool = False
    has_receipts: bool = False
    has_replies: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """Something the form of an account asks for; ``label`` and ``help`` are translated by the kind."""

    name: str
    label: Any
    help: Any = ""
    is_secret: bool = False
    is_required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()
    initial: str = ""
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """An account as its kind sees it, in clear."""

    account_id: int
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    # Where providers reach us about this account.
    hook_url: str = ""
    # The name of the company, for where a sender has none.
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that a provider said later about a message, or that a person answered.

    ``what`` is a code of ``ReceiptKind``. ``external_id`` is the same whenever the same thing is said.
    """

    what: str
    external_id: str
    key: str = ""
    provider_id: str = ""
    address: str = ""
    code: str = ""
    detail: str = ""
    text: str = ""
    is_permanent: bool = False
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a provider called us with; ``headers`` have lower-case names."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call amounts to, and what is answered to it."""

    heard: Sequence[Heard] = ()
    body: str = "ok"
    content_type: str = "text/plain"
    facts: Mapping[str, Any] = field(default_factory=dict)


class Carrier(Protocol):
    """Takes messages to a provider. Belongs to one thread."""

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Send parcels one after the other and say of each what became of it, in order.

        Never raises for what a provider does; ``may_go`` is asked before anything leaves that cannot be taken back.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Kind(Protocol):
    """One provider on one channel."""

    code: str
    channel: str
    label: Any
    icon: str
    text: Any
    fields: tuple[Field, ...]
    capability: Capability

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to the provider."""
        ...

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered, in words; "" if nothing is."""
        ...

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Return what a call of the provider amounts to; raise ``NotGenuine``."""
        ...
