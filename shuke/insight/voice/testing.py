"""Made-up reviews in two languages, whose words lean by their sentiment but share most of the rest."""

from datetime import UTC, datetime, timedelta
from random import Random

from django.db import transaction

from shuke.cdp.events.actions import Provenance
from shuke.insight.voice import actions
from shuke.insight.voice.actions import TextRecord
from shuke.insight.voice.models import Text
from shuke.platform.company.actions import shop_named

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
_THINGS = {
    "en": ("The jacket", "This kettle", "The lamp", "My order", "The scarf", "This rug"),
    "zh": ("这件外套", "这个水壶", "台灯", "我买的东西", "围巾", "这块地毯"),
}
_PARTS = {
    ("en", -1): ("arrived broken", "came two weeks late", "is far too small", "smells awful", "fell apart at once", "leaks everywhere"),
    ("en", 0): ("is what the picture shows", "does its job, nothing more", "is average for the price", "came as expected"),
    ("en", 1): ("is lovely and soft", "works wonderfully", "came quickly and well packed", "fits perfectly", "is worth every penny"),
    ("zh", -1): ("收到就坏了", "物流太慢等了两周", "尺码偏小很多", "味道很刺鼻", "用一次就散架", "到处漏水"),
    ("zh", 0): ("和图片差不多", "一般般吧", "这个价格算普通", "还可以没什么特别"),
    ("zh", 1): ("柔软舒服很喜欢", "非常好用", "发货快包装好", "大小正合适", "物超所值"),
}  # fmt: skip
_ENDS = {
    "en": ("Bought it in spring.", "For my mother.", "Colour is blue.", ""),
    "zh": ("春天买的。", "给妈妈买的。", "颜色是蓝色。", ""),
}


def sentence(dice: Random, language: str, sentiment: int) -> str:
    """Return a review of that language and sentiment; now and then one of mixed feelings."""
    said = dice.choice(_PARTS[language, sentiment])
    if dice.random() < 0.1:
        said += (", but " if language == "en" else "，但是") + dice.choice(_PARTS[language, -sentiment])
    gap = " " if language == "en" else ""
    return f"{dice.choice(_THINGS[language])}{gap}{said}{'.' if gap else '。'} {dice.choice(_ENDS[language])} {dice.randrange(99)}"


def reviews(
    count: int, *, dice: Random | None = None, now: datetime = NOW, starred: bool = True
) -> list[tuple[TextRecord, int]]:
    """Return reviews with what they really are. Stars agree with that nine times in ten."""
    dice = dice or Random(5)
    found = []
    for number in range(count):
        language, sentiment = ("en", "zh")[number % 2], dice.choice((-1, 0, 1, 1))
        told = sentiment if dice.random() < 0.9 else dice.choice((-1, 0, 1))
        record = TextRecord(
            external_id=f"r{number}", body=sentence(dice, language, sentiment), written_at=now - timedelta(days=dice.randrange(80)),
            rating=3 + told * dice.choice((1, 2)) if starred else None,
        )  # fmt: skip
        found.append((record, sentiment))
    return found


def taken(records: list[TextRecord], *, source: str = "test", shop: str = "web", now: datetime = NOW) -> list[Text]:
    """Take texts through the front door and return them, in order."""
    home = shop_named(shop, now=now, currency="GBP")
    with transaction.atomic():
        outcomes = actions.take(home, records, source=source, by=Provenance("test", "system:test", now))
    found = Text.objects.in_bulk([one.text_id for one in outcomes])
    return [found[one.text_id] for one in outcomes]
