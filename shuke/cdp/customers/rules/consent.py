"""What a person permitted, decided from evidence alone.

Pure. Records are folded in the order in which things happened; where several addresses or people come together the
strictest choice counts, and what nobody knows is not permitted.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypeVar

REQUESTED, GRANTED, CONFIRMED = "requested", "granted", "confirmed"
WITHDRAWN, REFUSED, OBJECTED = "withdrawn", "refused", "objected"
EXPIRED, SUPERSEDED = "expired", "superseded"

MARKETING, SERVICE, TRANSACTIONAL, SURVEY = "marketing", "service", "transactional", "survey"

# Names the column in which evidence is sealed.
EVIDENCE_CONTEXT = b"customers.evidence"

# From most permitting to strictest; None is "nothing known".
_STRICTNESS: Mapping[str | None, int] = MappingProxyType({
    CONFIRMED: 0, GRANTED: 1, None: 2, REQUESTED: 3, SUPERSEDED: 4, EXPIRED: 5, WITHDRAWN: 6, REFUSED: 7, OBJECTED: 8,
})  # fmt: skip
GRANTING = frozenset({GRANTED, CONFIRMED})
REFUSING = frozenset({WITHDRAWN, REFUSED, OBJECTED})

# Each way to reach a person, with the kind of address it uses.
ADDRESS_OF: Mapping[str, str] = MappingProxyType({
    "email": "email", "sms": "phone", "call": "phone", "post": "address",
    "wechat_oa": "openid", "wecom": "wecom_user", "push": "push_token",
})  # fmt: skip
# Of these, the addresses that are identities: a key in the namespace of an app, written ``namespace:value``.
KEYS_OF_APPS = frozenset({"openid", "wecom_user", "push_token"})

# How a choice came to us. In the first group the person's own hand did it, and we saw it ourselves.
BY_PERSON = frozenset(
    {"web_form", "checkout", "wechat_auth", "sms_reply", "one_click_post", "mail_link", "preference_page"}
)
BY_WITNESS = frozenset({"in_store", "call_recorded", "provider_webhook"})
BY_OTHERS = frozenset({"api", "import", "staff", "merge", "erasure", "system"})
METHODS = BY_PERSON | BY_WITNESS | BY_OTHERS

# Evidence has to name at least one of these: something that could be shown to somebody who doubts it.
_PROOFS = ("form", "url", "wording", "message_id", "message", "document", "recording", "reference")
# What may be said without evidence: it follows from a contract, or it only takes permission away.
_NEEDS_NO_EVIDENCE = frozenset({SERVICE, TRANSACTIONAL})

# A reply of one of these words to any message means "no more marketing to this number".
STOP_WORDS = frozenset({"T", "TD", "R", "N", "退订", "拒收", "取消", "停止", "STOP", "UNSUBSCRIBE", "QUIT", "END"})

# Suppressions that a later explicit grant by the person takes away; the rest stay whatever anybody says.
LIFTABLE = frozenset({"unsubscribe", "stop_word", "complaint", "objection", "staff", "erased"})
# Technical reasons, the only ones that may expire.
MAY_EXPIRE = frozenset({"hard_bounce", "invalid", "reassigned"})
REASONS = LIFTABLE | MAY_EXPIRE | {"regulator_list", "legal"}

# What the scope "marketing" keeps away.
_MARKETING_PURPOSES = frozenset({MARKETING, SURVEY})

Verdict = Literal["permitted", "denied"]
State = TypeVar("State", str, str | None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record as the fold reads it; ``order`` is its place among the records."""

    action: str
    occurred_at: datetime
    recorded_at: datetime
    order: int
    valid_until: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """Return when it takes effect: as claimed, but never later than we heard of it."""
        return min(self.occurred_at, self.recorded_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where permission stands after some records, and since when; ``order`` is the record that decided it."""

    action: str
    since: datetime
    order: int
    valid_until: datetime | None = None


def state_of(records: Iterable[Evidence]) -> Standing | None:
    """Return where one (address, purpose, topic) stands, or None where nothing was ever said.

    What happened later counts, whenever we heard of it; of two things at one moment the stricter counts. Asking again
    (``requested``) changes nothing that was answered, and agreeing again does not undo a confirmation.
    """
    standing: Standing | None = None
    for record in sorted(records, key=_in_order):
        if standing is not None and _says_nothing_new(standing, record):
            continue
        standing = Standing(record.action, record.counts_from, record.order, record.valid_until)
    return standing


def deciding(general: Standing | None, topic: Standing | None) -> Standing | None:
    """Return which of two statements counts for a topic: what was said of the whole purpose, or of the topic alone.

    A topic that was refused stays so until it is granted itself. A purpose that was refused stays so, except for a topic
    that was granted later.
    """
    if general is None or topic is None:
        return topic if general is None else general
    if topic.action in REFUSING or (topic.action in GRANTING and general.action not in GRANTING):
        is_older = general.action in REFUSING and general.since >= topic.since
        return general if is_older else topic
    return topic if topic.action == CONFIRMED and general.action == GRANTED else general


def _in_order(record: Evidence) -> tuple[datetime, int, int]:
    return (record.counts_from, _STRICTNESS[record.action], record.order)


def _says_nothing_new(standing: Standing, record: Evidence) -> bool:
    if record.action == REQUESTED:
        return True
    held = standing.valid_until is None or standing.valid_until > record.counts_from
    return record.action == GRANTED and standing.action == CONFIRMED and held


def stricter(a: State, b: State) -> State:
    """Return the stricter of two states (None: nothing known): what survives when two people become one.

    >>> stricter("granted", "objected"), stricter("confirmed", "granted"), stricter("granted", None)
    ('objected', 'granted', None)
    """
    return max(a, b, key=_STRICTNESS.__getitem__)


def is_looser(a: str | None, b: str | None) -> bool:
    """Whether ``a`` permits more than ``b``."""
    return _STRICTNESS[a] < _STRICTNESS[b]


def best(states: Iterable[tuple[str | None, bool]]) -> int:
    """Return which of a person's addresses permits most: the place of the loosest (state, is suppressed) among them."""
    ranked = [(is_suppressed, _STRICTNESS[state], at) for at, (state, is_suppressed) in enumerate(states)]
    return min(ranked)[2]


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that bears on whether an address may be used for a purpose and topic."""

    channel: str
    purpose: str
    topic: str
    action: str | None
    since: datetime | None
    valid_until: datetime | None
    must_ask_again: bool
    scopes: frozenset[str]
    is_unusable: bool = False
    is_restricted: bool = False


def why_not(known: Known, *, now: datetime, email_needs_confirmation: bool = True) -> tuple[str, ...]:
    """Return every reason against using the address, () if none is known.

    Whatever is not known counts against: only a message that a contract asks for needs no consent. Whoever had the use
    of their data restricted is not written to for any purpose, whatever they agreed to before.
    """
    reasons = ["restricted"] if known.is_restricted else []
    reasons += [f"suppressed:{scope}" for scope in sorted(known.scopes) if covers(scope, known.purpose, known.topic)]
    if known.is_unusable:
        reasons.append("unusable")
    action = known.action
    if action in GRANTING and known.valid_until is not None and known.valid_until <= now:
        action = EXPIRED
    if action in REFUSING and not (known.purpose == TRANSACTIONAL and action != OBJECTED):
        reasons.append(str(action))
    elif known.purpose == TRANSACTIONAL:
        pass
    elif action not in GRANTING:
        reasons.append(action or "never_asked")
    elif known.must_ask_again:
        reasons.append("notice_retired")
    elif action == GRANTED and known.purpose == MARKETING and known.channel == "email" and email_needs_confirmation:
        reasons.append("unconfirmed")
    return tuple(reasons)


def covers(scope: str, purpose: str, topic: str) -> bool:
    """Whether a suppression keeps a purpose and topic away.

    >>> covers("all", "transactional", ""), covers("marketing", "service", ""), covers("topic:sale", "marketing", "sale")
    (True, False, True)
    """
    if scope == "all":
        return True
    if scope == "marketing":
        return purpose in _MARKETING_PURPOSES
    return bool(topic) and scope == f"topic:{topic}" and purpose in _MARKETING_PURPOSES


def is_scope(scope: str) -> bool:
    """Whether this is a scope of a suppression.

    >>> is_scope("marketing"), is_scope("topic:sale"), is_scope("topic:"), is_scope("everything")
    (True, True, False, False)
    """
    return scope in {"all", "marketing"} or (scope.startswith("topic:") and 6 < len(scope) <= 70)


def scope_of(purpose: str, topic: str) -> str:
    """Return the suppression that a refusal asks for, or "" for purposes that are no messages.

    >>> scope_of("marketing", ""), scope_of("marketing", "sale"), scope_of("profiling", "")
    ('marketing', 'topic:sale', '')
    """
    if purpose != MARKETING:
        return ""
    return f"topic:{topic}" if topic else "marketing"


def reason_of(action: str, method: str) -> str:
    """Return why a refusal suppresses an address.

    >>> reason_of("withdrawn", "sms_reply"), reason_of("objected", "staff"), reason_of("withdrawn", "mail_link")
    ('stop_word', 'objection', 'unsubscribe')
    """
    if method == "erasure":
        return "erased"
    if action == OBJECTED:
        return "objection"
    return "stop_word" if method == "sms_reply" else "unsubscribe"


def refusal(*, purpose: str, action: str, method: str, evidence: Mapping[str, Any]) -> str:
    """Return why a statement cannot be kept as evidence, or "".

    A grant needs proof; without it, no more is believed than what a contract allows anyway. Neither a machine nor a
    colleague can confirm in a person's name.
    """
    if action not in GRANTING or purpose in _NEEDS_NO_EVIDENCE:
        return ""
    if method in {"merge", "erasure", "system"}:
        return "not_by_the_person"
    if not is_proof(evidence):
        return "no_evidence"
    if action == CONFIRMED and method not in BY_PERSON | BY_WITNESS | {"api", "import"}:
        return "not_by_the_person"
    return ""


def is_proof(evidence: Mapping[str, Any]) -> bool:
    """Whether evidence names something that could be shown."""
    return any(str(evidence.get(name) or "").strip() for name in _PROOFS)


def lifts(*, scope: str, reason: str, suppressed_at: datetime, by: Evidence, purpose: str, topic: str) -> bool:
    """Whether a grant takes a suppression away: given later, for what the suppression covers, and for a reason that may go."""
    if reason not in LIFTABLE or by.action not in GRANTING or by.counts_from <= suppressed_at:
        return False
    return scope != "all" and covers(scope, purpose, topic)


def is_stop_word(text: str) -> bool:
    """Whether a reply asks us to stop; a brand in brackets before or after it does not matter.

    >>> is_stop_word("退订"), is_stop_word("【柳】 ｔｄ "), is_stop_word("stop!"), is_stop_word("Stop by tomorrow?")
    (True, True, True, False)
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    for opening, closing in ("【】", "[]", "()"):
        if folded.startswith(opening) and closing in folded:
            folded = folded.partition(closing)[2]
        elif folded.endswith(closing) and opening in folded:
            folded = folded.rpartition(opening)[0]
    return folded.strip(" \t\r\n.!。,、;:'\"").upper() in STOP_WORDS


# --- the chain

_FIRST = bytes(32)


def first_hash() -> bytes:
    """Return what the first record follows."""
    return _FIRST


def chained(previous: bytes, said: Mapping[str, Any]) -> bytes:
    """Return the hash of a record: of everything it says, and of the record before it."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(previous + text.encode()).digest()


def evidence_digest(sealed_text: str) -> bytes:
    """Return the fingerprint of evidence; its text carries a random salt, so that erased evidence cannot be guessed."""
    return hashlib.sha256(b"shuke.evidence\x00" + sealed_text.encode()).digest()


def is_same(a: bytes | memoryview, b: bytes | memoryview) -> bool:
    """Whether two hashes are equal."""
    return hmac.compare_digest(bytes(a), bytes(b))
