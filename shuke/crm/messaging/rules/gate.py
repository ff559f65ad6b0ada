"""The gate: from everything known about a candidate to allow, wait or deny, with every reason in a fixed order.

Pure, and closed when in doubt: what is None is not known and counts against sending. The order is that of ``CLAUSES``; the page
that explains a decision walks through the same list.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from shuke.crm.messaging.rules import hours
from shuke.crm.messaging.rules.policy import ASKED, UNASKED, Cap, Policy, exceeded

Answer = Literal["allow", "wait", "deny"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one candidate at one moment. None is "could not be found out"."""

    channel: str
    purpose: str
    topic: str = ""
    # Stops that stand now: "all", "channel:sms", "campaign:12".
    stops: tuple[str, ...] | None = None
    # Whether the suppressions of the journal are all in the database (after a restore they may not be).
    is_journal_replayed: bool | None = None
    # Of the template: "" where it may be used, else why not.
    template_problem: str | None = None
    # Of the person: None where there is none.
    is_erased: bool | None = None
    is_restricted: bool | None = None
    birthday: date | None = None
    zones: tuple[str, ...] = ()
    # What the person wishes for about what they did not ask for.
    paused_until: datetime | None = None
    most_per_week: int | None = None
    # Of the address: whether there is one, and every reason of permission against it.
    has_address: bool | None = None
    permission: tuple[str, ...] | None = None
    # Of this candidate.
    expires_at: datetime | None = None
    # What was sent within the reach of the caps, by channel and moment, and what waits, by channel, worth and key.
    sent: Sequence[tuple[str, datetime]] | None = None
    # When the same template went to the person last.
    same_template_at: datetime | None = None
    # Whether the carrier lets us write now (a conversation window of 48 hours …), and what it is called.
    is_window_open: bool | None = True
    # "" where the words that the law asks for are there or will be added.
    legal_problem: str | None = ""
    is_duplicate: bool = False
    # Asked right before sending: then nothing is held any more.
    is_binding: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. ``reasons`` are all that stand in the way; ``until`` is when waiting ends."""

    answer: Answer
    reasons: tuple[str, ...] = ()
    until: datetime | None = None
    waits_for: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_allowed(self) -> bool:
        """Whether it may go, now or after waiting."""
        return self.answer != "deny"


# Reasons of permission that are about the address, the person, or the notice; the rest is consent.
_OF_ADDRESS = frozenset({"unusable"})
_OF_PERSON = frozenset({"restricted"})
_OF_NOTICE = frozenset({"notice_retired"})


def decide(facts: Facts, policy: Policy, *, now: datetime) -> Verdict:
    """Return whether a candidate may be written to. Whatever goes wrong in here is a no."""
    try:
        reasons = tuple(reason for _clause, look in CLAUSES for reason in look(facts, policy, now))
        if reasons:
            is_held = _may_be_held(facts, reasons)
            return Verdict("wait", waits_for="stop") if is_held else Verdict("deny", reasons)
        return _by_the_clock(facts, policy, now)
    except Exception as error:  # noqa: BLE001  closed, whatever it was
        return Verdict("deny", (f"gate_failed:{type(error).__name__}"[:64],))


def _by_the_clock(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Return what remains to be said where nothing stands in the way but the hour."""
    until = _quiet_until(facts, policy, now)
    if until is None or until <= now:
        return Verdict("allow")
    if policy.when_quiet == "drop":
        return Verdict("deny", ("quiet_hours",), until)
    if facts.expires_at is not None and until >= facts.expires_at:
        return Verdict("deny", ("quiet_hours", "expired"), until)
    return Verdict("wait", (), until, "quiet_hours")


def _may_be_held(facts: Facts, reasons: tuple[str, ...]) -> bool:
    """Whether a candidate may wait for the end of a stop: what a person asked for, or what its own cause paused."""
    if facts.is_binding or not all(reason.startswith("stopped:") for reason in reasons):
        return False
    if facts.stops is None or facts.is_journal_replayed is not True:
        return False
    is_paused = all(scope != "all" and not scope.startswith("channel:") for scope in facts.stops)
    return is_paused or facts.purpose not in UNASKED


def _stopped(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.stops is None:
        yield "stopped:unknown"
    else:
        yield from (f"stopped:{scope}" for scope in facts.stops)
    if facts.is_journal_replayed is not True:
        yield "stopped:restored"


def _time_left(facts: Facts, _policy: Policy, now: datetime) -> Iterator[str]:
    if facts.expires_at is not None and facts.expires_at <= now:
        yield "expired"


def _template(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.template_problem != "":
        yield facts.template_problem or "unknown_template"


def _person(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.is_erased is None:
        yield "no_customer"
    elif facts.is_erased:
        yield "erased"


def _address(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.is_erased is False and facts.has_address is not True:
        yield "no_address"
    yield from _permission(facts, lambda reason: reason in _OF_ADDRESS)


def _suppression(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    yield from _permission(facts, lambda reason: reason.startswith("suppressed:"))


def _consent(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    elsewhere = _OF_ADDRESS | _OF_PERSON | _OF_NOTICE
    if facts.has_address and facts.permission is None:
        yield "never_asked"
    yield from _permission(
        facts, lambda reason: reason not in elsewhere and not reason.startswith("suppressed:"), prefix="consent:"
    )


def _rights(facts: Facts, policy: Policy, now: datetime) -> Iterator[str]:
    if facts.is_restricted is not False and facts.is_erased is False:
        yield "restricted"
    if facts.purpose in UNASKED and facts.birthday is not None and _age(facts.birthday, now.date()) < policy.least_age:
        yield "under_age"
    if facts.purpose in UNASKED and facts.paused_until is not None and facts.paused_until > now:
        yield "paused"


def _notice(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    yield from _permission(facts, lambda reason: reason in _OF_NOTICE)


def _caps(facts: Facts, policy: Policy, now: datetime) -> Iterator[str]:
    if facts.purpose not in UNASKED:
        return
    if facts.sent is None:
        yield "frequency_cap:unknown"
    elif cap := exceeded(caps_for(facts, policy), facts.channel, facts.sent, now=now):
        yield cap.code


def caps_for(facts: Facts, policy: Policy) -> tuple[Cap, ...]:
    """Return the caps that hold for a person: the company's, and their own wish."""
    own = facts.most_per_week
    return policy.caps if own is None else (*policy.caps, Cap(days=7, most=own))


def _window(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.is_window_open is not True:
        yield "channel_window"


def _legal(facts: Facts, _policy: Policy, _now: datetime) -> Iterator[str]:
    if facts.legal_problem != "":
        yield facts.legal_problem or "legal_text"


def _duplicate(facts: Facts, policy: Policy, now: datetime) -> Iterator[str]:
    if facts.is_duplicate:
        yield "duplicate"
    last = facts.same_template_at
    if facts.purpose in ASKED or last is None or not policy.same_template_hours:
        return
    if (now - last).total_seconds() < policy.same_template_hours * 3600:
        yield "same_template"


def _quiet_until(facts: Facts, policy: Policy, now: datetime) -> datetime | None:
    if facts.purpose not in UNASKED or facts.channel not in policy.quiet_channels:
        return None
    if not facts.zones:
        raise ValueError("no zone")
    return hours.next_allowed(now, facts.zones, policy.quiet_from, policy.quiet_until)


def _permission(facts: Facts, wanted: Callable[[str], bool], prefix: str = "") -> Iterator[str]:
    yield from (f"{prefix}{reason}" for reason in facts.permission or () if wanted(reason))


def _age(birthday: date, today: date) -> int:
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


# In this order; the first reason is what a candidate failed at. Quiet hours come after them all: they only put off.
CLAUSES: tuple[tuple[str, Callable[[Facts, Policy, datetime], Iterator[str]]], ...] = (
    ("stops", _stopped), ("time", _time_left), ("template", _template), ("person", _person), ("address", _address),
    ("suppression", _suppression), ("consent", _consent), ("rights", _rights), ("notice", _notice), ("caps", _caps),
    ("window", _window), ("legal", _legal), ("duplicate", _duplicate),
)  # fmt: skip
