"""What is asked for: one message to one person, and the answer to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

CAUSES = frozenset({"campaign", "journey", "staff", "api", "test"})
MOST_KEY, MOST_STEP, MOST_VARIANT = 200, 64, 32


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is to get a message.

    ``key`` is unique in the whole company and makes asking again harmless ("campaign:12:customer:55"). ``value`` is what the message
    is expected to be worth, for when several want one person's slot. ``context`` says what happened (ids, no addresses).
    ``template`` is a template's public id. ``cause_id`` is the campaign's, the journey's … own number.
    """

    customer_id: int
    channel: str
    template: str
    key: str
    cause_kind: Literal["campaign", "journey", "staff", "api", "test"]
    cause_id: int
    step: str = ""
    variant: str = ""
    value: float = 0.0
    context: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    expires_at: datetime | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """What became of a candidate: ``reasons`` are all that stood in the way, () where it was allowed.

    ``message`` is the message's public id (hex), "" where there is none; ``is_repeated``: the key was known, and this is the
    first answer again.
    """

    key: str
    is_allowed: bool
    reasons: tuple[str, ...] = ()
    message: str = ""
    due_at: datetime | None = None
    waits_for: str = ""
    is_repeated: bool = False


def problem(one: Candidate) -> str:
    """Return what is wrong with a candidate as it was given, "" if nothing is.

    >>> problem(Candidate(1, "sms", "t", "", "staff", 1))
    'key'
    """
    if not one.key or len(one.key) > MOST_KEY:
        return "key"
    if one.cause_kind not in CAUSES:
        return "cause_kind"
    if len(one.step) > MOST_STEP or len(one.variant) > MOST_VARIANT:
        return "step"
    if one.expires_at is not None and one.not_before is not None and one.expires_at <= one.not_before:
        return "expires_at"
    return ""


def stops_for(scopes: frozenset[str], channel: str, cause_kind: str, cause_id: int) -> tuple[str, ...]:
    """Return those of the stops that stand which keep a candidate back.

    >>> stops_for(frozenset({"all", "channel:sms", "campaign:3"}), "sms", "campaign", 4)
    ('all', 'channel:sms')
    """
    mine = ("all", f"channel:{channel}", f"{cause_kind}:{cause_id}")
    return tuple(scope for scope in mine if scope in scopes)
