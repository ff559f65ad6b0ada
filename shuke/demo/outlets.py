"""The web site of Willow with its tracker, and a pop-up shop that is connected: what comes in live."""

import json
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from shuke.cdp.ingest import actions as ingest
from shuke.demo import habits
from shuke.demo.lives import Life, World
from shuke.demo.rules import CURRENCY
from shuke.integrations import actions as integrations
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor

CALLS_PER_REQUEST = 20
_ME = Actor.system("demo")
_ORDERS = 12
# What nobody can read: they wait where a person can mend them.
_SEEN_BY = {"context": {"userAgent": habits.AGENTS[0]}}
_BROKEN: tuple[dict[str, Any], ...] = (
    {"type": "track", "event": "", "anonymousId": "w-broken-1", **_SEEN_BY},
    {"type": "track", "event": "Product Viewed", "properties": {"product_id": "W-1"}, **_SEEN_BY},
)


def web_site(lives: Sequence[Life], shop: Shop, world: World) -> None:
    """Open the source of the web site, and have the last days' visits arrive as its tracker sends them.

    They wait in the inbox for the server: whoever follows the log begins to when it starts, and carts shall fill.
    """
    source = ingest.create_source(name="willow.example", shop_id=shop.pk, by=_ME, now=world.now)
    ingest.plan_event(
        name="Quiz Finished", description="The skin advice was finished 完成肤质测试", properties={"result": "text", "score": "number"},
        required=["score"], by=_ME, now=world.now,
    )  # fmt: skip
    calls = sorted(habits.sessions(lives, world), key=lambda call: call[0])
    said = [
        {**call, "messageId": f"demo-{number}", "timestamp": at.isoformat()}
        for number, (at, call) in enumerate(calls)
        if at <= world.now
    ]
    for start in range(0, len(said), CALLS_PER_REQUEST):
        ingest.receive(source.pk, said[start : start + CALLS_PER_REQUEST], now=world.now)
    ingest.receive(source.pk, _BROKEN, now=world.now)


def pop_up_shop(lives: Sequence[Life], world: World) -> None:
    """Connect a till through the signed webhook; its calls are applied as soon as work is done in the background.

    One call is beyond reading, so that there is something to mend and replay.
    """
    rng = Random(f"{world.seed}:pop-up")
    connection = integrations.connect(
        "signed", "Willow pop-up 小柳快闪店", secrets={"secret": "willow-pop-up-secret"}, settings={}, shop_id=None, by=_ME,
        now=world.now,
    )  # fmt: skip
    buyers = [life for life in lives if life.person.phone][:_ORDERS]
    messages = [_message(life, number, world, rng) for number, life in enumerate(buyers)]
    messages.append({"type": "order.upserted", "data": {"number": "P-BROKEN", "currency": "yuan"}})
    for number, message in enumerate(messages):
        integrations.store(
            connection, topic=message["type"], external_id=f"pop-up-{number}", triggered_at=None,
            body=json.dumps(message).encode(), now=world.now,
        )  # fmt: skip


def _message(life: Life, number: int, world: World, rng: Random) -> dict[str, Any]:
    goods = world.pick(rng, world.goods[life.person.chinese])
    at = world.now - timedelta(days=rng.randint(1, 9), minutes=rng.randint(0, 600))
    line = {"product": goods.external_id, "sku": goods.sku, "title": goods.title, "unit_price": goods.price_minor / 100}
    return {
        "type": "order.upserted",
        "data": {
            "number": f"P-{1000 + number}", "placed_at": at.isoformat(), "currency": CURRENCY, "status": "completed",
            "lines": [line], "channel": "store",
            "customer": {"external_id": f"card-{life.person.serial}", "phone": life.person.phone, "name": life.person.name},
            "payments": [{"method": "card", "amount_minor": goods.price_minor, "paid_at": at.isoformat()}],
        },
    }  # fmt: skip
