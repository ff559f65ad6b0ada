"""A crowd of invented customers, Chinese and English, with households, and with records that mean the same person.

Everything that makes finding duplicates hard is here in known measure: missing values, typing errors, transcribed
names, pet names, swapped order, moved house, new phone, namesakes, and families that share a phone and an address.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shuke.cdp.quality.engine.people import Address, Person
from shuke.cdp.quality.rules import names

_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红建国文辉力志永健世广义兴良海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以建家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘欣怡雨婷雪琳晗瑶倩梦璐佳琪悦彤"
_ENGLISH = (
    "oliver jack harry george noah charlie jacob alfie freddie oscar leo logan archie theo thomas james joshua henry william max "
    "lucas ethan arthur mohammed isaac harrison teddy finley daniel riley edward joseph alexander adam reggie samuel jaxon sebastian "
    "elijah harley toby arlo dylan jude benjamin rory tommy jake louie reuben mason hugo robert michael david richard olivia amelia "
    "isla emily ava lily mia sophia isabella grace poppy ella evie charlotte jessica daisy alice sofia florence freya phoebe evelyn "
    "sienna isabelle ivy willow elsie ruby matilda chloe ellie rosie emma erin eva lucy layla molly megan hannah zara elizabeth "
    "margaret katherine jennifer rebecca victoria susan patricia"
).split()
_SURNAMES = (
    "smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green hall wood jackson "
    "clarke patel khan lewis james phillips mason mitchell rose davis rodriguez cox alexander martin turner scott cooper hill ward hughes "
    "moore clark king harris baker harrison parker allen young lee edwards shaw bennett cook bell murphy bailey richardson marshall "
    "simpson collins begum wilkinson adams campbell foster anderson gray kelly rogers stevens webb carter ellis chapman reynolds fox"
).split()
_CITIES = "北京 上海 广州 深圳 成都 杭州 武汉 西安 南京 重庆 苏州 天津 长沙 郑州 青岛 宁波 东莞 合肥 佛山 沈阳".split()
_TOWNS = (
    "london leeds bristol york oxford cardiff glasgow derby exeter bath hull leicester coventry norwich swansea".split()
)
_ROADS = "人民路 解放路 中山路 建设路 和平路 新华路 文化路 长江路 黄河路 学院路 科技园路 友谊路 滨江大道 花园街 幸福街".split()
_STREETS = "high street,station road,main street,park road,church lane,victoria road,green lane,manor road,kings road,queens drive".split(
    ","
)
_MAIL = "qq.com 163.com 126.com gmail.com hotmail.com outlook.com foxmail.com sina.com yahoo.co.uk icloud.com".split()
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CALLED: dict[str, list[str]] = {}
for _short in (
    "bob rob bill will dick rick jim mike joe tom charlie ed dave dan matt alex liz beth maggie kate jen becky vicky sue pat"
).split():
    _CALLED.setdefault(names.called_like(_short), []).append(_short)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the crowd and who it truly is."""

    person: Person
    truth: int


def crowd(size: int, *, seed: int = 7, twice: float = 0.25) -> Iterator[Entry]:
    """Yield ``size`` records; ``twice`` is the share of people with more than one."""
    chance = random.Random(seed)
    made = truth = 0
    last: Person | None = None
    while made < size:
        truth += 1
        first = _somebody(chance, last if chance.random() < 0.3 else None)
        last = first
        copies = 1 + (chance.random() < twice) * chance.choice((1, 1, 1, 2, 3))
        for at in range(min(copies, size - made)):
            shown = first if at == 0 else _written_otherwise(chance, first)
            yield Entry(replace(_with_gaps(chance, shown), id=made), truth)
            made += 1


def _somebody(chance: random.Random, housemate: Person | None) -> Person:
    is_chinese = names.is_chinese(housemate.name) if housemate else chance.random() < 0.6
    family = _skewed(chance, list(_FAMILIES) if is_chinese else _SURNAMES)
    if housemate and chance.random() < 0.8:
        family = names.split(housemate.name).family.lower()
    if is_chinese:
        given = "".join(_skewed(chance, list(_GIVEN)) for _ in range(chance.choice((1, 2, 2))))
        name, heard = family + given, names.fold(given) + names.fold(family)
    else:
        given = _skewed(chance, _ENGLISH)
        name, heard = f"{given} {family}".title(), given + family
    born = f"{chance.randint(1950, 2006)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    mailbox = chance.choice(
        (f"{heard}{chance.randint(1, 999)}", str(chance.randint(10**8, 10**10)), f"{heard[:6]}.{born[:4]}")
    )
    shares_phone = housemate is not None and chance.random() < 0.35
    return Person(
        0, name=name, emails=(f"{mailbox}@{_skewed(chance, _MAIL)}",), birthday=born,
        phones=housemate.phones if housemate and shares_phone else (_phone(chance, is_chinese),),
        addresses=housemate.addresses if housemate else (_address(chance, is_chinese),),
    )  # fmt: skip


def _skewed(chance: random.Random, among: list[str]) -> str:
    """Some are common, most are not."""
    return (
        among[min(int(chance.paretovariate(0.25)) - 1, len(among) - 1)]
        if chance.random() < 0.5
        else chance.choice(among)
    )


def _phone(chance: random.Random, is_chinese: bool) -> str:
    return (
        f"+861{chance.randint(3, 9)}{chance.randint(0, 10**9 - 1):09}"
        if is_chinese
        else f"+447{chance.randint(0, 10**9 - 1):09}"
    )


def _address(chance: random.Random, is_chinese: bool) -> Address:
    if is_chinese:
        city = _skewed(chance, _CITIES)
        text = f"{chance.choice(_ROADS)}{chance.randint(1, 400)}号{chance.randint(1, 30)}栋{chance.randint(101, 2904)}"
        return Address(text, "", city)
    code = f"{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}{chance.randint(1, 40)} {chance.randint(1, 9)}{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}"
    return Address(f"{chance.randint(1, 300)} {chance.choice(_STREETS)}", code, _skewed(chance, _TOWNS))


def _written_otherwise(chance: random.Random, person: Person) -> Person:
    """The same person as another shop knows them."""
    changes: dict[str, object] = {"name": _name_otherwise(chance, person.name)}
    is_chinese = names.is_chinese(person.name)
    if chance.random() < 0.3:
        changes["emails"] = (f"{chance.choice(_LETTERS)}{chance.randint(10**5, 10**9)}@{chance.choice(_MAIL)}",)
    elif chance.random() < 0.15:
        mailbox, _, domain = person.emails[0].partition("@")
        changes["emails"] = (f"{_typo(chance, mailbox)}@{chance.choice((domain, chance.choice(_MAIL)))}",)
    if chance.random() < 0.2:
        changes["phones"] = (_phone(chance, is_chinese),)
    elif chance.random() < 0.08:
        changes["phones"] = (_typo(chance, person.phones[0], "0123456789"),)
    if chance.random() < 0.15:
        changes["addresses"] = (_address(chance, is_chinese),)
    elif chance.random() < 0.3:
        place = person.addresses[0]
        changes["addresses"] = (replace(place, text=_typo(chance, place.text)),)
    if chance.random() < 0.08:
        changes["birthday"] = _typo(chance, person.birthday, "0123456789")[:8].ljust(8, "1")
    return replace(person, **changes)  # type: ignore[arg-type]


def _name_otherwise(chance: random.Random, name: str) -> str:
    draw = chance.random()
    parts = names.split(name)
    if parts.is_chinese:
        family, given = names.fold(parts.family).title(), names.fold(parts.given).title()
        if draw < 0.25:
            return f"{given} {family}" if draw < 0.12 else f"{family} {given}"
        return f"{parts.family}{chance.choice(_GIVEN)}" if draw < 0.28 else name
    if draw < 0.1 and (called := _CALLED.get(parts.given.lower())):
        return f"{chance.choice(called).title()} {parts.family}"
    if draw < 0.2:
        return _typo(chance, name)
    if draw < 0.25:
        return f"{parts.given[:1]}. {parts.family}"
    return f"{parts.family}, {parts.given}" if draw < 0.3 else name


def _typo(chance: random.Random, text: str, letters: str = _LETTERS) -> str:
    at = chance.randrange(len(text)) if text else 0
    kind = chance.randrange(4)
    if kind == 0 or len(text) < 3:
        return text[:at] + chance.choice(letters) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + chance.choice(letters) + text[at + 1 :]
    at = min(at, len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _with_gaps(chance: random.Random, person: Person) -> Person:
    """Shops seldom know everything; but nobody is known by nothing."""
    keeps_phone = chance.random() < 0.85
    return replace(
        person,
        phones=person.phones if keeps_phone else (),
        emails=person.emails if not keeps_phone or chance.random() < 0.5 else (),
        addresses=person.addresses if chance.random() < 0.75 else (),
        birthday=person.birthday if chance.random() < 0.3 else "",
        name=person.name if chance.random() < 0.97 else "",
    )
