"""What buyers of the demo company write: sentences of ours in two languages, put together so that no two are quite alike."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from shuke.cdp.events.actions import Provenance
from shuke.demo.lives import Life, Purchase, World
from shuke.insight.voice import actions
from shuke.insight.voice.actions import TextRecord
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

TEXTS_PER_TRANSACTION = 150
_MOST_TEXTS, _LABELLED = 900, 240
_WRITES = 0.22
# For some weeks now parcels of the Chinese shop arrive late and pumps of the English one leak: something to find.
_TROUBLE = timedelta(days=24)
_Said = dict[bool, tuple[str, ...]]
_PRAISE: _Said = {
    True: (
        "质地很清爽，吸收快，不油腻", "味道淡淡的，闻着很放松", "用了两周皮肤明显不干了", "包装用心，送人也拿得出手", "发货很快，隔天就到了",
        "做工精细，边角都很光滑", "洗了几次也不掉色，很柔软", "客服耐心，问什么都认真答", "和图片一样，颜色很耐看", "回购第三次了，家里人都爱用",
        "分量足，性价比高", "敏感肌用着也不刺痛",
    ),
    False: (
        "sinks in quickly and never feels greasy", "smells gentle and calming", "my skin is far less dry after two weeks",
        "beautifully wrapped, a lovely present", "came the very next day", "well made, every edge is smooth",
        "still soft after many washes", "the people on the chat were patient and kind", "looks just like the picture",
        "my third one already, the whole family likes it", "generous size for the money", "no stinging, even on my sensitive skin",
    ),
}  # fmt: skip
_BLAME: _Said = {
    True: (
        "用完脸上起了小疹子，不敢再用", "香味太浓，闻久了头疼", "收到时瓶身裂了，漏了一半", "尺寸比标的小，铺不下", "洗一次就起球，很失望",
        "釉面有划痕，像是二手的", "等了快两周才发货", "客服半天不回，退款拖了很久", "颜色和图片差太多", "太油了，闷得长痘", "盖子拧不紧，包里全是", "刚买完就降价",
    ),
    False: (
        "gave me a rash, I stopped using it", "the scent is far too strong and gives me headaches", "arrived cracked and half empty",
        "smaller than described and does not fit", "went bobbly after one wash", "the glaze was scratched as if it had been used",
        "took almost two weeks to be sent", "nobody answered for days and the refund dragged on", "the colour is nothing like the picture",
        "too oily, it made me break out", "the cap does not close and spilled in my bag", "the price dropped the day after",
    ),
}  # fmt: skip
_MIDDLING: _Said = {
    True: ("还行吧，没有想象中惊艳", "中规中矩，能用", "和以前那款差不多", "一般，价格偏高一点", "先用着看看效果"),
    False: (
        "is all right, nothing special", "does what it says, no more", "much the same as the one before", "fine, if a little dear",
        "too early to say",
    ),
}  # fmt: skip
_NEWS: _Said = {
    True: ("物流太慢，快递停了好几天不动", "快递员不送上门，物流信息也不更新", "催了三次物流还是没到", "包裹在中转站卡了一周，物流很差"),
    False: (
        "the pump leaks and half of it is on the shelf", "the pump broke on the first day and leaks", "leaking pump, again",
        "a leaking pump makes it useless",
    ),
}  # fmt: skip
_BUT = {True: "，不过", False: ", but "}
_TAILS: _Said = {
    True: ("", "。", "！", "，给妈妈买的。", "，双十一囤的。", "，第一次在这家买。", "，下次再看看。"),
    False: ("", ".", "!", ". Bought for my mother.", ". My first order here.", ". Will see about the next one.", ". Bought in the sale."),
}  # fmt: skip


def write(lives: Sequence[Life], ids: Sequence[tuple[int, int]], shops: dict[bool, Shop], world: World) -> None:
    """Let some buyers of a thousand lives write about what they bought, and have colleagues label some of it."""
    labels: dict[int, int] = {}
    for chinese, shop in shops.items():
        said = sorted(_reviews(lives, ids, world, chinese=chinese), key=lambda pair: pair[0].written_at)[-_MOST_TEXTS:]
        by = Provenance(source=shop.code, actor="system:demo", now=world.now, historical=True)
        for start in range(0, len(said), TEXTS_PER_TRANSACTION):
            part = said[start : start + TEXTS_PER_TRANSACTION]
            with transaction.atomic():
                taken = actions.take(shop, [record for record, _truth in part], source=f"shop:{shop.code}"[:64], by=by)
            labels |= {one.text_id: truth for one, (_record, truth) in zip(taken, part, strict=True)}
    _label(labels, world)


def _label(truths: dict[int, int], world: World) -> None:
    """Two colleagues label; of some texts both, and now and then they differ."""
    rng = Random(f"{world.seed}:labels")
    colleagues = [Actor.of(one) for one in Staff.objects.order_by("pk")[:2]]
    chosen = rng.sample(sorted(truths), min(_LABELLED, len(truths)))
    for number, who in enumerate(colleagues):
        mine = chosen[: len(chosen) // 4] + chosen[len(chosen) // 4 :][number :: len(colleagues)]
        said = {pk: truths[pk] if rng.random() < 0.95 else 0 for pk in mine}
        if said:
            actions.label_many(said, by=who, now=world.now)


def _reviews(
    lives: Sequence[Life], ids: Sequence[tuple[int, int]], world: World, *, chinese: bool
) -> Iterator[tuple[TextRecord, int]]:
    for life, (customer, identity) in zip(lives, ids, strict=True):
        rng = Random(f"{world.seed}:voice:{life.person.serial}")
        returned = {one.purchase.number for one in life.returns}
        for bought in life.purchases:
            at = bought.placed_at + timedelta(days=rng.randint(4, 15), minutes=rng.randint(0, 900))
            if bought.chinese_shop is chinese and at < world.now and rng.random() < _WRITES:
                yield _review(rng, bought, at, world, (customer, identity), is_returned=bought.number in returned)


def _review(
    rng: Random, bought: Purchase, at: datetime, world: World, owner: tuple[int, int], *, is_returned: bool
) -> tuple[TextRecord, int]:
    chinese, goods = bought.chinese_shop, rng.choice(bought.lines).goods
    is_trouble = at > world.now - _TROUBLE and rng.random() < 0.3
    truth = -1 if is_trouble or is_returned else rng.choices((-1, 0, 1), (0.18, 0.12, 0.7))[0]
    if is_trouble:
        text = rng.choice(_NEWS[chinese])
    else:
        text = rng.choice({-1: _BLAME, 0: _MIDDLING, 1: _PRAISE}[truth][chinese])
        if truth and rng.random() < 0.35:
            others = (_PRAISE if truth > 0 else _BLAME)[chinese]
            text += ("，" if chinese else " and ") + rng.choice([one for one in others if one != text])
        elif truth and rng.random() < 0.15:
            text += _BUT[chinese] + rng.choice(_MIDDLING[chinese])
    title = goods.title.split(" ")[0] if chinese else goods.title
    said = (f"{title}{text}" if rng.random() < 0.6 else text) if chinese else (
        f"The {title} {text}" if rng.random() < 0.6 else text[:1].upper() + text[1:]
    )  # fmt: skip
    stars = min(
        5, max(1, {-1: rng.choice((1, 2, 2)), 0: 3, 1: rng.choice((4, 5, 5))}[truth] + rng.choice((0,) * 9 + (1, -1)))
    )
    record = TextRecord(
        external_id=f"review-{bought.number}", body=said + rng.choice(_TAILS[chinese]), written_at=at,
        rating=stars if rng.random() < 0.9 else None, product=goods.external_id, customer_id=owner[0], identity_id=owner[1],
    )  # fmt: skip
    return record, truth
