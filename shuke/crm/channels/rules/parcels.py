"""One message ready to be handed over, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shuke.crm.channels.rules.approval import Approval
from shuke.kernel.messages import Content

State = Literal["accepted", "failed", "deferred", "unknown", "not_started"]
ACCEPTED: State = "accepted"
FAILED: State = "failed"
DEFERRED: State = "deferred"
UNKNOWN: State = "unknown"
NOT_STARTED: State = "not_started"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message for one address.

    ``key`` is what the provider recognises a repetition by; ``address`` is in clear and lives in memory only; ``headers`` are
    those of e-mail that depend on the person (``List-Unsubscribe``, ``List-Unsubscribe-Post``).
    """

    key: str
    address: str
    purpose: str
    language: str
    content: Content
    decision: Approval
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a parcel.

    ``accepted``: the provider has it. ``failed``: it will never take it; ``is_address``: because of the address. ``deferred``:
    later perhaps, not before ``retry_after`` seconds. ``unknown``: it may have left. ``not_started``: nothing left, for a
    reason of ours or because nobody answered. ``code`` is stable, ``detail`` what the provider said, without the address.
    """

    key: str
    state: State
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    retry_after: int | None = None
    is_address: bool = False
    segments: int = 0
