"""Who buys at Willow: names, places and addresses that belong to nobody. Pure."""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random

_SURNAMES = [
    "王",
    "wang",
    "李",
    "li",
    "张",
    "zhang",
    "刘",
    "liu",
    "陈",
    "chen",
    "杨",
    "yang",
    "赵",
    "zhao",
    "黄",
    "huang",
    "周",
    "zhou",
    "吴",
    "wu",
    "徐",
    "xu",
    "孙",
    "sun",
    "胡",
    "hu",
    "朱",
    "zhu",
    "高",
    "gao",
    "林",
    "lin",
    "何",
    "he",
    "郭",
    "guo",
    "马",
    "ma",
    "罗",
    "luo",
    "梁",
    "liang",
    "宋",
    "song",
    "郑",
    "zheng",
    "谢",
    "xie",
    "韩",
    "han",
    "唐",
    "tang",
    "冯",
    "feng",
    "于",
    "yu",
    "董",
    "dong",
    "萧",
    "xiao",
    "程",
    "cheng",
    "曹",
    "cao",
    "袁",
    "yuan",
    "邓",
    "deng",
    "许",
    "xu",
    "傅",
    "fu",
    "沈",
    "shen",
    "曾",
    "zeng",
    "彭",
    "peng",
    "吕",
    "lv",
    "苏",
    "su",
    "卢",
    "lu",
    "蒋",
    "jiang",
    "蔡",
    "cai",
    "贾",
    "jia",
    "丁",
    "ding",
    "魏",
    "wei",
    "薛",
    "xue",
    "叶",
    "ye",
    "余",
    "yu",
    "潘",
    "pan",
    "杜",
    "du",
    "戴",
    "dai",
    "夏",
    "xia",
    "钟",
    "zhong",
    "汪",
    "wang",
    "田",
    "tian",
    "任",
    "ren",
    "姜",
    "jiang",
    "范",
    "fan",
    "方",
    "fang",
    "石",
    "shi",
    "姚",
    "yao",
    "谭",
    "tan",
    "欧阳",
    "ouyang",
]
_GIVEN_FIRST = [
    "子",
    "梓",
    "雨",
    "思",
    "欣",
    "佳",
    "晓",
    "文",
    "嘉",
    "静",
    "若",
    "诗",
    "语",
    "一",
    "俊",
    "明",
    "志",
    "建",
    "海",
    "宇",
    "浩",
    "小",
    "美",
    "丽",
    "春",
    "秋",
    "玉",
    "书",
    "心",
    "安",
]
_GIVEN_SECOND = [
    "涵",
    "萱",
    "怡",
    "琪",
    "妍",
    "彤",
    "婷",
    "雯",
    "洁",
    "敏",
    "芳",
    "燕",
    "娜",
    "玲",
    "霞",
    "轩",
    "杰",
    "豪",
    "宇",
    "辰",
    "鹏",
    "伟",
    "强",
    "军",
    "峰",
    "磊",
    "然",
    "宁",
    "悦",
    "遥",
]
_FIRST_NAMES = [
    "Amelia",
    "Olivia",
    "Isla",
    "Ava",
    "Mia",
    "Grace",
    "Lily",
    "Freya",
    "Ella",
    "Alice",
    "Charlotte",
    "Emily",
    "Sophie",
    "Poppy",
    "Daisy",
    "Ruby",
    "Harriet",
    "Clara",
    "Nora",
    "Hazel",
    "Oliver",
    "George",
    "Arthur",
    "Noah",
    "Leo",
    "Harry",
    "Oscar",
    "Henry",
    "Theo",
    "Jack",
    "Thomas",
    "Samuel",
    "Daniel",
    "Lucas",
    "Adam",
    "Edward",
    "Felix",
    "Hugo",
    "Callum",
    "Rory",
]
_LAST_NAMES = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Williams",
    "Wilson",
    "Davies",
    "Evans",
    "Thomas",
    "Johnson",
    "Roberts",
    "Walker",
    "Wright",
    "Robinson",
    "Thompson",
    "White",
    "Hughes",
    "Edwards",
    "Green",
    "Hall",
    "Wood",
    "Harris",
    "Lewis",
    "Martin",
    "Jackson",
    "Clarke",
    "Clark",
    "Turner",
    "Hill",
    "Moore",
    "Cooper",
    "Ward",
    "Morris",
    "Bailey",
    "Carter",
    "Parker",
    "Bennett",
    "Foster",
    "Murphy",
    "Kelly",
    "Price",
    "Reid",
    "Ellis",
    "Gray",
    "Shaw",
    "Marsh",
    "Holt",
    "Frost",
    "Lane",
    "Webb",
]
_ROADS_ZH = ["柳荫路", "桂花巷", "青竹街", "云栖路", "白石巷", "听雨路", "茶园街", "梅园路"]
_ROADS_EN = [
    "Willow Lane",
    "Orchard Road",
    "Mill Street",
    "Church Row",
    "Station Road",
    "Meadow View",
    "Park Terrace",
    "Harbour Street",
]

# Country, region, city, postcode, how many live there.
_PLACES_ZH = (
    ("China", "上海", "上海", "200000", 15), ("China", "北京", "北京", "100000", 12),
    ("China", "浙江", "杭州", "310000", 11), ("China", "广东", "广州", "510000", 9),
    ("China", "广东", "深圳", "518000", 9), ("China", "四川", "成都", "610000", 8),
    ("China", "江苏", "南京", "210000", 6), ("China", "江苏", "苏州", "215000", 5),
    ("China", "湖北", "武汉", "430000", 5), ("China", "陕西", "西安", "710000", 4),
    ("China", "重庆", "重庆", "400000", 4), ("China", "浙江", "宁波", "315000", 3),
    ("China", "山东", "青岛", "266000", 3), ("China", "湖南", "长沙", "410000", 3),
    ("China", "福建", "厦门", "361000", 3), ("China", "辽宁", "大连", "116000", 2),
    ("China", "云南", "昆明", "650000", 2), ("China", "河南", "郑州", "450000", 2),
)  # fmt: skip
_PLACES_EN = (
    ("United Kingdom", "England", "London", "EC1A 1AA", 14), ("United Kingdom", "England", "Manchester", "M1 1AA", 5),
    ("United Kingdom", "England", "Bristol", "BS1 1AA", 4), ("United Kingdom", "Scotland", "Edinburgh", "EH1 1AA", 4),
    ("United Kingdom", "England", "Leeds", "LS1 1AA", 3), ("United Kingdom", "Wales", "Cardiff", "CF10 1AA", 2),
    ("United States", "New York", "New York", "10001", 5), ("United States", "California", "San Francisco", "94103", 3),
    ("Australia", "Victoria", "Melbourne", "3000", 4), ("Australia", "New South Wales", "Sydney", "2000", 4),
    ("Singapore", "", "Singapore", "018956", 4), ("Germany", "Berlin", "Berlin", "10115", 3),
    ("Ireland", "Leinster", "Dublin", "D01", 3), ("Canada", "Ontario", "Toronto", "M5H", 3),
)  # fmt: skip
_WEIGHTS = {True: list(accumulate(place[4] for place in _PLACES_ZH)), False: list(accumulate(p[4] for p in _PLACES_EN))}
# Numbers set aside for fiction in America: 555-0100 to 555-0199 of every area.
_AMERICAN_NUMBERS = 100
_AMERICAN_AREAS = (
    "212", "213", "214", "215", "216", "217", "218", "301", "302", "303", "304", "305", "307", "308", "309", "312", "313",
    "314", "315", "316", "317", "318", "319", "401", "402", "404", "405", "406", "407", "408", "412", "413", "414", "415",
)  # fmt: skip
# Chinese satellite telephones: 1740 0000000 to 1740 5999999.
_SATELLITE_NUMBERS = 6_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up. ``serial`` counts them; everything else follows from it and the seed."""

    serial: int
    chinese: bool
    name: str
    email: str
    phone: str
    country: str
    region: str
    city: str
    postcode: str
    address: str
    birthday: date | None


def person(rng: Random, serial: int) -> Person:
    """Make somebody up; three in five are Chinese."""
    chinese = rng.random() < 0.62
    places = _PLACES_ZH if chinese else _PLACES_EN
    country, region, city, postcode, _ = rng.choices(places, cum_weights=_WEIGHTS[chinese])[0]
    name, local = _chinese_name(rng) if chinese else _english_name(rng)
    return Person(
        serial=serial,
        chinese=chinese,
        name=name,
        email=f"{local}.{serial}@example.com" if rng.random() < (0.45 if chinese else 0.97) else "",
        phone=_phone(rng, serial, country=country),
        country=country,
        region=region,
        city=city,
        postcode=postcode,
        address=_address(rng, city, chinese=chinese),
        birthday=date(rng.randint(1960, 2004), rng.randint(1, 12), rng.randint(1, 28)) if rng.random() < 0.35 else None,
    )


def _chinese_name(rng: Random) -> tuple[str, str]:
    place = rng.randrange(0, len(_SURNAMES), 2)
    given = rng.choice(_GIVEN_FIRST) if rng.random() < 0.75 else ""
    return f"{_SURNAMES[place]}{given}{rng.choice(_GIVEN_SECOND)}", _SURNAMES[place + 1]


def _english_name(rng: Random) -> tuple[str, str]:
    first, last = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
    return f"{first} {last}", f"{first}.{last}".lower()


def _phone(rng: Random, serial: int, *, country: str) -> str:
    """Return a number that nobody has, or hardly anybody: China sets none aside for fiction, so satellites must do."""
    if country == "China":
        return f"+861740{serial:07d}" if rng.random() < 0.95 and serial < _SATELLITE_NUMBERS else ""
    if country == "United States" and serial < _AMERICAN_NUMBERS * len(_AMERICAN_AREAS):
        return f"+1{_AMERICAN_AREAS[serial // _AMERICAN_NUMBERS]}55501{serial % _AMERICAN_NUMBERS:02d}"
    return ""


def _address(rng: Random, city: str, *, chinese: bool) -> str:
    if chinese:
        return f"{city}市{rng.choice(_ROADS_ZH)}{rng.randint(1, 199)}号"
    return f"{rng.randint(1, 199)} {rng.choice(_ROADS_EN)}, {city}"
