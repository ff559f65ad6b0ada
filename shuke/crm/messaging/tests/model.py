"""Permission spelled out a second time: a list of what happened, and the plainest way to read it.

Nothing here knows tables, indexes or the code of the gate. It answers one question: may this address get marketing about
this topic now?
"""

from dataclasses import dataclass, field
from datetime import datetime

GRANTS, REFUSALS = ("granted", "confirmed"), ("withdrawn", "refused", "objected")
BY_HAND = ("web_form", "preference_page", "sms_reply", "one_click_post")
TAKES_BACK = ("unsubscribe", "stop_word", "complaint", "objection", "staff", "erased")


@dataclass
class Block:
    """An address that somebody put on the list, for a scope and a reason."""

    scope: str
    reason: str
    at: datetime
    until: datetime | None = None
    is_lifted: bool = False


@dataclass
class Address:
    """Everything that ever happened to one mailbox, in order."""

    said: list[tuple[datetime, str, str]] = field(default_factory=list)  # moment, topic, action
    blocks: list[Block] = field(default_factory=list)
    is_unusable: bool = False

    def say(self, at: datetime, topic: str, action: str, method: str) -> None:
        """Somebody decided something."""
        self.said.append((at, topic, action))
        if action in REFUSALS:
            reason = "erased" if method == "erasure" else "objection" if action == "objected" else "unsubscribe"
            if method == "sms_reply":
                reason = "stop_word"
            self.block(at, f"topic:{topic}" if topic else "marketing", reason)
        elif action in GRANTS and method in BY_HAND:
            for one in self.blocks:
                covers = one.scope == "marketing" or one.scope == f"topic:{topic}"
                if covers and topic_of(one.scope) in ("", topic) and one.reason in TAKES_BACK and at > one.at:
                    one.is_lifted = True

    def block(self, at: datetime, scope: str, reason: str, until: datetime | None = None) -> None:
        """The address is to be left alone; the same again counts from now on."""
        for one in self.blocks:
            if (one.scope, one.reason) == (scope, reason) and not one.is_lifted:
                one.at = at
                one.until = None if one.until is None or until is None else max(one.until, until)
                return
        self.blocks.append(Block(scope, reason, at, until))

    def last(self, topic: str) -> tuple[datetime, str] | None:
        """Return what was decided last about a topic: of equals the stricter; agreeing again does not undo a confirmation."""
        found: tuple[datetime, str] | None = None
        order = ("confirmed", "granted", "withdrawn", "refused", "objected")
        for at, of, action in sorted(self.said, key=lambda one: (one[0], order.index(one[2]))):
            if of == topic and not (action == "granted" and found and found[1] == "confirmed"):
                found = (at, action)
        return found

    def may(self, topic: str, now: datetime) -> bool:
        """Whether marketing about a topic may go to this mailbox now."""
        for one in self.blocks:
            in_force = not one.is_lifted and (one.until is None or one.until > now)
            if in_force and (one.scope in ("all", "marketing") or (topic and one.scope == f"topic:{topic}")):
                return False
        if self.is_unusable:
            return False
        general, own = self.last(""), self.last(topic) if topic else None
        if own is not None and own[1] in REFUSALS:
            return False
        if general is not None and general[1] in REFUSALS:
            return own is not None and own[1] == "confirmed" and own[0] > general[0]
        return "confirmed" in {said[1] for said in (general, own) if said is not None}


def topic_of(scope: str) -> str:
    """Return the topic of a scope, "" for none."""
    return scope.removeprefix("topic:") if scope.startswith("topic:") else ""
