"""What becomes of messages. ``message`` is the id of the message, ``key`` what its cause knows it by."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class MessageSuppressed:
    """Somebody was chosen for a message and does not get it; ``reason`` is the first that stood in the way."""

    NAME: ClassVar[str] = "message.suppressed"
    VERSION: ClassVar[int] = 1

    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    reason: str


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message left and was accepted by whoever carries it."""

    NAME: ClassVar[str] = "message.sent"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    purpose: str
    template: str


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A message could not be handed over, or whoever carries it refused it; ``code`` says why.

    With the code ``unknown`` nobody knows whether it left: it is not tried again.
    """

    NAME: ClassVar[str] = "message.failed"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    code: str


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """A message arrived, says whoever carried it."""

    NAME: ClassVar[str] = "message.delivered"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str


@dataclass(frozen=True, slots=True)
class MessageOpened:
    """A message was opened for the first time; ``by_proxy``: by a machine that opens everything, which says little."""

    NAME: ClassVar[str] = "message.opened"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    by_proxy: bool


@dataclass(frozen=True, slots=True)
class MessageClicked:
    """Somebody followed a link of a message; ``link`` is its number, ``first`` whether it is the message's first click."""

    NAME: ClassVar[str] = "message.clicked"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    link: int
    first: bool


@dataclass(frozen=True, slots=True)
class MessageBounced:
    """A message came back; ``is_hard``: nobody will ever be reached there."""

    NAME: ClassVar[str] = "message.bounced"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    code: str
    is_hard: bool


@dataclass(frozen=True, slots=True)
class MessageComplained:
    """Whoever got a message called it spam."""

    NAME: ClassVar[str] = "message.complained"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str


@dataclass(frozen=True, slots=True)
class MessageUnsubscribed:
    """Whoever got a message wants no more of them; ``how`` is one_click, page or stop_word, ``scope`` what it ends."""

    NAME: ClassVar[str] = "message.unsubscribed"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
    scope: str
    how: str


@dataclass(frozen=True, slots=True)
class MessageReplied:
    """Whoever got a message answered it. What they wrote is no part of the event."""

    NAME: ClassVar[str] = "message.replied"
    VERSION: ClassVar[int] = 1

    message: str
    key: str
    channel: str
    cause_kind: str
    cause_id: int
    step: str
    variant: str
