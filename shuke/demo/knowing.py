"""What Willow knows of its customers besides their orders, written through the doors of each domain."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

from django.db import transaction

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes.actions import Choice, Definition, Kind, Limits, Said
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import consents, notices, relations, suppressing
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import NoticeVersion
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy import actions as privacy
from shuke.cdp.privacy.models import IdentityCheck, RequestKind
from shuke.cdp.quality import actions as quality
from shuke.cdp.quality.actions import searching
from shuke.cdp.quality.queries import suggestions
from shuke.demo import habits, records
from shuke.demo.lives import Life, World
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor

STATEMENTS_PER_TRANSACTION = 200
_ME = Actor.system("demo")
_ANSWERS_AFTER = timedelta(minutes=20)
_NOTICES = {
    "en": "Willow writes to you about new products and sales. You can say stop in every letter, and at any time.",
    "zh-hans": "小柳会向您发送新品与促销信息。您可以在每封信中或随时要求停止。",
}
_FAMILY_SIZE, _FAMILIES, _STAFF_OF_COMPANIES, _REFERRED = 2, 6, 3, 8
T = TypeVar("T")
Known = Sequence[tuple[int, int]]


def prepare(world: World) -> dict[bool, NoticeVersion]:
    """Publish what people are told before they agree, and define what the shops ask them; return the notices."""
    begins = world.now - timedelta(days=world.days)
    published = {
        chinese: notices.publish_notice(
            name="Letters 通讯", purposes=["marketing"], language=language, text=_NOTICES[language], by=_ME, now=begins
        )
        for chinese, language in ((True, "zh-hans"), (False, "en"))
    }
    for code, said in _definitions():
        attributes.create(code, said, by=_ME, now=begins)
    return published


def _definitions() -> Iterator[tuple[str, Definition]]:
    skin = {"dry": "干性", "oily": "油性", "combination": "混合性", "sensitive": "敏感"}
    choices = [Choice(code, {"en": code.title(), "zh-hans": zh}) for code, zh in skin.items()]
    labels = {"en": "Skin type", "zh-hans": "肤质"}
    yield (
        "skin_type",
        Definition(Kind.CHOICE, labels, "From the skin advice 来自肤质测试", is_personal=False, choices=choices),
    )
    yield "interests", Definition(Kind.LIST, {"en": "Interests", "zh-hans": "兴趣"}, is_personal=False)
    labels = {"en": "Last skin advice", "zh-hans": "最近肤质测试"}
    yield "skin_advice_on", Definition(Kind.DATE, labels, is_personal=False)
    labels = {"en": "Rooms at home", "zh-hans": "房间数"}
    yield "rooms", Definition(Kind.NUMBER, labels, is_personal=False, limits=Limits(1, 20))


def write(
    lives: Sequence[Life], known: Known, shops: dict[bool, Shop], published: dict[bool, NoticeVersion], world: World
) -> int:
    """Write what some lives agreed to and told, and those who appear a second time; return how many did."""
    by = Provenance("skin-advice", _ME.reference, world.now, historical=True)
    told = [
        Said(customer_id, values, life.first_seen_at, identity_id)
        for life, (customer_id, identity_id) in zip(lives, known, strict=True)
        if (values := habits.traits(life, world))
    ]
    for some in _pieces(told):
        attributes.set_values(some, source=by.source, by=by)
    for stated in _pieces(list(_statements(lives, published, world))):
        with transaction.atomic():
            consents.record(stated, by=Provenance("demo", _ME.reference, world.now, historical=True))
    return sum(_second_selves(lives, shop, world, chinese=chinese) for chinese, shop in shops.items())


def _statements(lives: Sequence[Life], published: dict[bool, NoticeVersion], world: World) -> Iterator[Statement]:
    for life in lives:
        notice = published[life.person.chinese]
        shown = {"form": "checkout", "wording": notice.text}
        if habits.takes_calls(life, world):
            yield Statement(
                "call", life.person.phone, "service", "granted", "checkout", life.first_seen_at, evidence=shown
            )
        for agreed in habits.agreements(life, world):
            yield Statement(
                agreed.channel, agreed.address, "marketing", "granted", "checkout", agreed.at, evidence=shown,
                notice_id=notice.pk,
            )  # fmt: skip
            if agreed.channel == "email" and habits.confirms(life, world):
                yield Statement(
                    agreed.channel, agreed.address, "marketing", "confirmed", "mail_link", agreed.at + _ANSWERS_AFTER,
                    evidence={"message": "please confirm"}, notice_id=notice.pk,
                )  # fmt: skip
            if agreed.withdrawn_at:
                method = "mail_link" if agreed.channel == "email" else "sms_reply"
                yield Statement(agreed.channel, agreed.address, "marketing", "withdrawn", method, agreed.withdrawn_at)


def _second_selves(lives: Sequence[Life], shop: Shop, world: World, *, chinese: bool) -> int:
    again = [
        records.person_record(who, external_id=f"{9_000_000 + who.serial}", first_seen_at=life.first_seen_at)
        for life in lives
        # In the shop that is not theirs: one shop has one account of a person.
        if life.person.chinese is not chinese and (who := habits.written_differently(life, world))
    ]
    with transaction.atomic():
        customers.resolve(
            again, namespace=shop.code, by=Provenance(shop.code, _ME.reference, world.now, historical=True)
        )
    return len(again)


def finish(known: Known, world: World, *, searches: bool) -> None:
    """Write what people at Willow know and have to decide: bounced addresses, families, requests, duplicates.

    Comparing everybody with everybody takes minutes in a large company: there, the nightly work does it.
    """
    rng = Random(f"{world.seed}:finish")
    some = [customer_id for customer_id, _ in rng.sample(list(known), min(len(known), 60))]
    _bounces(world)
    _relations(some, world)
    _requests(some[-4:], world)
    if searches:
        _look_for_duplicates(world)


def _bounces(world: World) -> None:
    with transaction.atomic():
        for number in range(3):
            suppressing.suppress(
                "email", f"gone.{number}@example.com", scope="all", reason="hard_bounce",
                by=Provenance("demo", _ME.reference, world.now, historical=True),
            )  # fmt: skip


def _relations(some: Sequence[int], world: World) -> None:
    company = customers.create_company("Meadow Hotels 青野酒店", by=_ME, now=world.now)
    people = iter(some)
    ties = [relations.Tie(next(people), company.pk, "employer") for _ in range(min(_STAFF_OF_COMPANIES, len(some)))]
    for kind, pairs in (("household", _FAMILIES), ("referrer", _REFERRED)):
        for _ in range(pairs):
            one, other = next(people, None), next(people, None)
            if one and other:
                ties.append(relations.Tie(one, other, kind))
    customers.relate_many(ties, by=_ME, now=world.now)


def _requests(some: Sequence[int], world: World) -> None:
    """Two that wait, one that was checked, one that was turned down."""
    for place, (customer_id, kind) in enumerate(
        zip(some, (RequestKind.EXPORT, RequestKind.ERASE, RequestKind.CORRECT, RequestKind.OBJECT), strict=False)
    ):
        at = world.now - timedelta(days=2 + 3 * place, hours=place)
        asked = privacy.receive(kind, customer_id, received_at=at, by=_ME, now=at)
        if place == 1:
            privacy.check_identity(asked, method=IdentityCheck.CALL_BACK, by=_ME, now=world.now)
        if place == 2:
            privacy.refuse(asked, why="Could not show who they are 无法核实身份", by=_ME, now=world.now)


def _look_for_duplicates(world: World) -> None:
    """Find who is there twice, merge the likeliest pair and tell the last one apart; the rest waits for a visitor."""
    after = 0
    while after := searching.read_everybody(after=after, now=world.now):
        pass
    quality.search_everybody(now=world.now)
    found = list(suggestions.open_suggestions(conflicts="without").order_by("-probability", "pk")[:50])
    if len(found) > 2:
        quality.accept(found[0].pk, survivor_id=found[0].low_id, by=_ME, now=world.now)
        quality.tell_apart(found[-1].pk, by=_ME, now=world.now)


def _pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), STATEMENTS_PER_TRANSACTION):
        yield rows[start : start + STATEMENTS_PER_TRANSACTION]
