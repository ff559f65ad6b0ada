"""What one event says: the call, who made it, when, with which properties, and the traits of the person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from shuke.cdp.ingest.rules import limits, moments, personal
from shuke.cdp.ingest.rules.reading import Refused
from shuke.vocabulary.behaviour import NAMES_OF_CALLS

KINDS = frozenset({"track", *NAMES_OF_CALLS})
# The last part of an address and the kind of call it stands for; "" for those that carry many.
ROUTES: Mapping[str, str] = {
    "track": "track", "t": "track", "identify": "identify", "i": "identify", "page": "page", "p": "page",
    "screen": "screen", "s": "screen", "group": "group", "g": "group", "alias": "alias", "a": "alias",
    "batch": "", "b": "", "import": "",
}  # fmt: skip
_TOP = ("type", "event", "name", "category", "userId", "anonymousId", "groupId", "previousId", "properties", "traits",
        "timestamp", "originalTimestamp")  # fmt: skip
_encode = msgspec.json.Encoder(order="deterministic").encode

# Traits that are somebody's name, address or day of birth; all others are attributes that the company made up.
_RESERVED = frozenset({
    "email", "phone", "name", "firstname", "lastname", "address", "birthday", "avatar", "username", "title", "age",
    "id", "website", "gender", "createdat", "company", "description", "city", "country", "state", "province", "region",
    "street", "postalcode", "zip", "mobile", "tel", "姓名", "手机", "手机号", "邮箱", "language", "locale", "anonymousid",
})  # fmt: skip
_PHONES = ("phone", "mobile", "tel", "手机", "手机号")
# Reserved, but nothing that says who somebody is: kept as attributes too.
_ALSO_ATTRIBUTES = frozenset({"gender", "title", "age"})


@dataclass(frozen=True, slots=True)
class Person:
    """What traits say about a person; "" means nothing."""

    email: str = ""
    phone: str = ""
    name: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    address: str = ""
    postcode: str = ""
    language: str = ""
    birthday: date | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return self != _NOBODY


_NOBODY = Person()


@dataclass(slots=True)
class Call:
    """One event as it was read; ``properties`` still hold whatever the source put there."""

    kind: str
    name: str
    message_id: str
    anonymous_id: str = ""
    user_id: str = ""
    previous_id: str = ""
    group_id: str = ""
    original: Any = None
    sent: Any = None
    properties: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    external_ids: tuple[tuple[str, str, str], ...] = ()

    def let_go(self) -> None:
        """Let go of what was read already, so that only keys travel on."""
        self.properties, self.context, self.traits = {}, {}, {}


def read(said: dict[str, Any], *, route: str, shared: dict[str, Any], sent: Any = None) -> Call:
    """Read an event; ``shared`` is the batch's own context, ``sent`` when it says the batch left. Raises ``Refused``."""
    kind = _kind(said, route)
    context = _object(said, "context", shared)
    properties = _object(said, "properties")
    call = Call(
        kind=kind,
        name=_name(said, kind),
        message_id=_key(said, "messageId", limits.MAX_MESSAGE_ID_CHARS),
        anonymous_id=_key(said, "anonymousId"),
        user_id=_key(said, "userId"),
        previous_id=_key(said, "previousId") if kind == "alias" else "",
        group_id=_key(said, "groupId"),
        original=said.get("originalTimestamp") or said.get("timestamp"),
        sent=said.get("sentAt") or sent,
        properties=properties,
        context=context,
        traits=_traits(said, kind, context),
        external_ids=_external_ids(context),
    )
    if kind in ("page", "screen"):
        for extra in ("name", "category"):
            if isinstance(said.get(extra), str) and said[extra]:
                properties.setdefault(extra, said[extra])
    if not (call.anonymous_id or call.user_id or call.external_ids or person_of(call).email or person_of(call).phone):
        raise Refused("no_identity", "userId")
    if kind == "alias" and not call.previous_id:
        raise Refused("no_identity", "previousId")
    return call


def plain_ids(call: Call) -> tuple[str, str, str, tuple[tuple[str, str, str], ...]]:
    """Return anonymous, user and previous id, and other keys, none of the first three an address in clear.

    Shops like to take an e-mail address or a phone number for an id. As such it is a contact of the person, found through
    its blind index; kept as an id it would lie open in a table.
    """
    plain, others = [], list(call.external_ids)
    for value in (call.anonymous_id, call.user_id, call.previous_id):
        kind = personal.is_contact(value) if value else ""
        plain.append("" if kind else value)
        if kind:
            others.append(("email" if kind == personal.EMAIL else "phone", "", value))
    return plain[0], plain[1], plain[2], tuple(others)


def event_id(message: bytes, source_id: int, *, received_ms: int) -> UUID:
    """Return the id under which a message stands in the log: sortable by time, and the same whenever it is worked out."""
    random = blake2b(message, digest_size=10, salt=source_id.to_bytes(8, "big")).digest()
    value = (received_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(random, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _kind(said: dict[str, Any], route: str) -> str:
    kind = route or said.get("type")
    if kind not in KINDS:
        raise Refused("unknown_type", "type", str(personal.cleaned(str(kind)[:40])))
    return str(kind)


def _name(said: dict[str, Any], kind: str) -> str:
    if kind != "track":
        return NAMES_OF_CALLS[kind]
    name = said.get("event")
    if not isinstance(name, str) or not name.strip():
        raise Refused("no_name", "event")
    name = " ".join(str(personal.cleaned(name)).split())
    if len(name) > limits.MAX_NAME_CHARS:
        raise Refused("name_too_long", "event")
    return name


def _key(said: dict[str, Any], name: str, limit: int = limits.MAX_ID_CHARS) -> str:
    """A key of somebody or something: text, or a whole number that stands for it."""
    value = said.get(name)
    if value is None or value is False:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("wrong_type", name, type(value).__name__)
    text = str(value).strip()
    if len(text) > limit:
        raise Refused("id_too_long", name)
    return "" if text in ("null", "undefined", "None") else text


def _object(said: dict[str, Any], name: str, shared: dict[str, Any] | None = None) -> dict[str, Any]:
    value = said.get(name)
    if value is None:
        return dict(shared) if shared else {}
    if not isinstance(value, dict):
        raise Refused("wrong_type", name, type(value).__name__)
    return {**shared, **value} if shared else value


def _traits(said: dict[str, Any], kind: str, context: dict[str, Any]) -> dict[str, Any]:
    """The traits of the person: of ``group`` calls only those of the context, since their own are the group's."""
    around = context.get("traits")
    around = around if isinstance(around, dict) else {}
    own = said.get("traits") if kind == "identify" else None
    if own is not None and not isinstance(own, dict):
        raise Refused("wrong_type", "traits", type(own).__name__)
    return {**around, **own} if own else around


def _external_ids(context: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Further keys of the person (``context.externalIds`` and RudderStack's ``externalId``): type, namespace, value."""
    found = []
    for name in ("externalIds", "externalId"):
        listed = context.get(name)
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and isinstance(each.get("id"), str | int) and isinstance(each.get("type"), str):
                key = (each["type"][:32], str(each.get("collection", ""))[:64], str(each["id"])[: limits.MAX_ID_CHARS])
                found.append(key)
    return tuple(found[:8])


def person_of(call: Call) -> Person:
    """Return who the traits say the person is."""
    traits = call.traits
    if not traits and not personal.is_contact(call.user_id):
        return _NOBODY
    said = {personal.plain_key(key): value for key, value in traits.items()}
    place = said.get("address") if isinstance(said.get("address"), dict) else {}
    there = {personal.plain_key(key): value for key, value in (place or {}).items()}
    name = _first(said, "name", "姓名") or " ".join(filter(None, (_first(said, "firstname"), _first(said, "lastname"))))
    as_key = personal.is_contact(call.user_id)
    return Person(
        email=_first(said, "email", "邮箱") or (call.user_id if as_key == personal.EMAIL else ""),
        phone=_first(said, *_PHONES) or (call.user_id if as_key == personal.PHONE else ""),
        name=name[:200],
        country=_first(there, "country") or _first(said, "country"),
        region=_first(there, "state", "region", "province") or _first(said, "state", "province", "region"),
        city=_first(there, "city") or _first(said, "city"),
        address=_first(there, "street", "line1", "address") or _first(said, "street", "address"),
        postcode=_first(there, "postalcode", "zip", "postcode") or _first(said, "postalcode", "zip"),
        language=(_first(said, "language", "locale") or _text(call.context.get("locale")))[:10],
        birthday=_day(said.get("birthday")),
    )


def _first(said: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(said.get(name)))), "")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()[:500]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _day(value: Any) -> date | None:
    found = moments.moment(value) if isinstance(value, str) else None
    return found.date() if found else None


def attributes_of(call: Call) -> dict[str, Any]:
    """Return the traits that say no more than what somebody is like: the company's own, to be kept as attributes."""
    return {
        key: value
        for key, value in call.traits.items()
        if value is not None
        and ((plain := personal.plain_key(key)) in _ALSO_ATTRIBUTES or plain not in _RESERVED)
        and not personal.kind_of(key)
    }


def message_digest(call: Call, raw: bytes, *, secret: bytes, place: str) -> bytes:
    """Return sixteen bytes that stand for the message within its source.

    Without a message id the event itself is its id, if it says when it happened; otherwise its ``place`` in the inbox,
    which means that it is never taken for another.
    """
    if call.message_id:
        key = f"id\0{call.message_id}".encode()
    elif call.original is not None:
        key = b"raw\0" + raw
    else:
        key = f"place\0{place}".encode()
    return blake2b(key, digest_size=16, key=secret).digest()


def body_digest(said: dict[str, Any], *, secret: bytes) -> bytes:
    """Return eight bytes that stand for what the event says: a retry differs in when it was sent, not in these."""
    return blake2b(_encode([said.get(name) for name in _TOP]), digest_size=8, key=secret).digest()


_KEPT_CONTEXT = (
    "page",
    "campaign",
    "locale",
    "timezone",
    "library",
    "os",
    "app",
    "screen",
    "device",
    "network",
    "referrer",
    "landing",
)
_KEPT_OF_DEVICE = frozenset({"type", "manufacturer", "model", "brand"})


def kept_context(call: Call) -> dict[str, Any]:
    """Return what of the context goes on: where, from which campaign, on what device; nothing that identifies."""
    kept = {name: call.context[name] for name in _KEPT_CONTEXT if call.context.get(name)}
    if call.kind == "page":
        kept.pop("page", None)  # its properties say the same
    if isinstance(device := kept.get("device"), dict):
        kept["device"] = {key: value for key, value in device.items() if key in _KEPT_OF_DEVICE}
    if isinstance(app := kept.get("app"), dict):
        kept["app"] = {key: app[key] for key in ("name", "version", "build") if key in app}
    session = call.context.get("sessionId")
    if isinstance(session, str | int):
        kept["session"] = str(session)[:64]
    return kept
