"""What some people do at Willow besides buying: agree to letters, look around the web site, appear twice. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shuke.demo.lives import Life, World
from shuke.demo.people import Person

SITE = "https://willow.example"
AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
)
# Where visitors of the web site come from: what a link said of itself, and the page it stood on.
_ORIGINS: tuple[tuple[dict[str, str], str], ...] = (
    ({}, ""),
    ({}, "https://www.google.com/"),
    ({"source": "newsletter", "medium": "email", "name": "autumn-letter"}, ""),
    ({"source": "instagram", "medium": "social", "name": "slow-evenings"}, "https://l.instagram.com/"),
    ({"source": "google", "medium": "cpc", "name": "gift-sets"}, "https://www.google.com/"),
)
_SKIN = ("dry", "oily", "combination", "sensitive")
_INTERESTS = ("skin care", "candles", "bedding", "tea", "gifts")
_DAYS_TRACKED = 3


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody decided about letters or messages, and when they changed their mind."""

    channel: str
    address: str
    at: datetime
    withdrawn_at: datetime | None


def agreements(life: Life, world: World) -> Iterator[Agreed]:
    """Yield what somebody agreed to when they were first seen; some take it back."""
    rng = Random(f"{world.seed}:agreed:{life.person.serial}")
    for channel, address, share in (("email", life.person.email, 0.62), ("sms", life.person.phone, 0.4)):
        if not address or rng.random() > share:
            continue
        until = life.first_seen_at + timedelta(days=rng.randint(20, 500), hours=rng.randint(0, 23))
        changed_mind = rng.random() < 0.11 and until < world.now
        yield Agreed(channel, address, life.first_seen_at, until if changed_mind else None)


def takes_calls(life: Life, world: World) -> bool:
    """Whether somebody agreed to be called about their orders."""
    return bool(life.person.phone) and Random(f"{world.seed}:calls:{life.person.serial}").random() < 0.5


def confirms(life: Life, world: World) -> bool:
    """Whether somebody who agreed to letters also followed the link of the letter that asked them to confirm it."""
    return Random(f"{world.seed}:confirms:{life.person.serial}").random() < 0.7


def traits(life: Life, world: World) -> dict[str, Any]:
    """Return what somebody told the skin advice of the shop, for one in three."""
    rng = Random(f"{world.seed}:told:{life.person.serial}")
    if rng.random() > 0.34:
        return {}
    said: dict[str, Any] = {"skin_type": rng.choice(_SKIN)}
    if rng.random() < 0.5:
        said["interests"] = sorted(rng.sample(_INTERESTS, rng.randint(1, 3)))
    if rng.random() < 0.25:
        said["skin_advice_on"] = life.first_seen_at.date().isoformat()
    return said


def written_differently(life: Life, world: World) -> Person | None:
    """Return how one in forty appears a second time: by another hand, with a slip in the address that would join them."""
    rng = Random(f"{world.seed}:again:{life.person.serial}")
    who = life.person
    if rng.random() > 0.025 or not (who.email or who.phone):
        return None
    mailbox, _, host = who.email.partition("@")
    slip = rng.randrange(len(mailbox) - 3) if mailbox else 0
    email = f"{mailbox[:slip]}{mailbox[slip + 1]}{mailbox[slip]}{mailbox[slip + 2 :]}@{host}" if mailbox else ""
    phone = who.phone[:-2] + who.phone[-1] + who.phone[-2] if who.phone and rng.random() < 0.6 else ""
    name = who.name if who.chinese or rng.random() < 0.5 else f"{who.name[0]}. {who.name.split()[-1]}"
    return replace(who, email=email if email != who.email else "", phone=phone, name=name)


def clumsily(who: Person, rng: Random) -> Person:
    """Return somebody as a hurried hand writes them down, once in fifty: something to tidy up."""
    match rng.randrange(100):
        case 0:
            return replace(who, name=who.name.upper())
        case 1:
            return replace(who, email=f"info@{who.serial}.example.com") if who.email else who
        case 2:
            return replace(who, phone="+8612012345678") if who.phone else who
    return who


# --- the web site


def sessions(lives: Sequence[Life], world: World) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield the calls of the tracker in the last days with their moments: who came, from where, what they looked at."""
    for life in lives:
        rng = Random(f"{world.seed}:site:{life.person.serial}")
        if life.person.chinese or rng.random() > 0.12:
            continue
        begins = world.now - timedelta(seconds=rng.randint(60, _DAYS_TRACKED * 86_400))
        yield from _session(life, world, rng, begins)


def _session(life: Life, world: World, rng: Random, begins: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    who = life.person
    origin, referrer = rng.choice(_ORIGINS)
    context = {
        "userAgent": rng.choice(AGENTS), "locale": "en-GB", "campaign": origin,
        "page": {"url": f"{SITE}/", "path": "/", "title": "Willow", "referrer": referrer},
    }  # fmt: skip
    same = {"anonymousId": f"w-{world.seed}-{who.serial}", "context": context}
    at, goods = begins, [world.pick(rng, world.goods[False]) for _ in range(rng.randint(1, 3))]
    yield at, {**same, "type": "page", "name": "Home"}
    for one in goods:
        at += timedelta(seconds=rng.randint(15, 90))
        said = {
            "product_id": one.external_id, "sku": one.sku, "name": one.title, "category": one.category,
            "price": one.price_minor / 100, "currency": "CNY",
        }  # fmt: skip
        yield at, {**same, "type": "track", "event": "Product Viewed", "properties": said}
        if rng.random() < 0.4:
            more = {**said, "quantity": 1, "cart_id": f"c-{who.serial}"}
            yield at + timedelta(seconds=9), {**same, "type": "track", "event": "Product Added", "properties": more}
    if who.email and rng.random() < 0.6:
        at += timedelta(seconds=20)
        yield at, {**same, "type": "identify", "userId": str(100_000 + who.serial), "traits": {"email": who.email}}
    if rng.random() < 0.08:
        yield at, {**same, "type": "track", "event": "Quiz Finished", "properties": {"result": rng.choice(_SKIN)}}
