"""Days that move shops: public holidays by country, lunar and gift-giving festivals, shopping days. Pure.

An occasion has a day, which gives it its name, and a window, the days over which it is felt: all days off of a public
holiday with the weekends they touch, the run-up of a festival, the days of a sale. The libraries behind it (``holidays``,
``chinese-calendar``, ``lunardate``) are imported when first asked: they take longer to load than most programs need them.

What China's government has announced (as far as the installed ``chinese-calendar`` knows it) is taken as it is, moved
working days included; later years follow from the rules, and are announced otherwise by a day or two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

_DAY = timedelta(days=1)
# Lunar months are known for these years; holidays are asked for no others.
FIRST_YEAR, LAST_YEAR = 1950, 2099
SATURDAY = 5
# Longer windows than this have neighbours that touch, not one holiday.
_LONGEST = 12
_LONGEST_GAP = 3


class Kind(StrEnum):
    """What sort of day it is."""

    PUBLIC = "public"
    FESTIVAL = "festival"
    SHOPPING = "shopping"


@dataclass(frozen=True, slots=True, order=True)
class Occasion:
    """One holiday, festival or sale of one year; ``first`` and ``last`` are the edges of its window, both included."""

    first: date
    last: date
    day: date
    code: str
    kind: Kind
    name_en: str
    name_zh: str

    def name(self, language: str) -> str:
        """Return what a reader of ``language`` calls it."""
        return self.name_zh if language.lower().startswith("zh") else self.name_en

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def occasions(country: str, first: date, last: date) -> tuple[Occasion, ...]:
    """Return what falls between two days in a country (ISO 3166), both included, by the window's first day.

    A country that no calendar knows has the festivals and sales of everywhere only.

    >>> [one.code for one in occasions("CN", date(2026, 11, 1), date(2026, 11, 30))]
    ['double_11', 'black_friday', 'cyber_monday']
    >>> found = occasions("CN", date(2025, 2, 1), date(2025, 2, 6))
    >>> [(one.name_zh, one.first.isoformat(), one.last.isoformat()) for one in found]
    [('春节', '2025-01-28', '2025-02-04'), ('元宵节', '2025-02-06', '2025-02-12')]
    """
    found = [
        one
        for year in range(max(first.year - 1, FIRST_YEAR), min(last.year + 1, LAST_YEAR) + 1)
        for one in _of_year(country.upper(), year)
        if one.first <= last and one.last >= first
    ]
    return tuple(sorted(set(found)))


def days_off(country: str, first: date, last: date) -> frozenset[date]:
    """Return the days on which people in a country need not work: weekends and holidays, less moved working days.

    >>> sorted(day.day for day in days_off("CN", date(2026, 2, 13), date(2026, 2, 24)))
    [15, 16, 17, 18, 19, 20, 21, 22, 23]
    """
    return frozenset(day for day in _days(first, last) if _is_off(country.upper(), day))


_LUNAR_YEARS = range(1901, 2100)


@lru_cache(maxsize=40_000)
def lunar_day(day: date) -> tuple[int, int] | None:
    """Return month and day of the lunar calendar, a leap month as the one it repeats; None beyond the years it is known for.

    >>> lunar_day(date(2024, 2, 10)), lunar_day(date(1800, 1, 1))
    ((1, 1), None)
    """
    from lunardate import LunarDate

    if day.year not in _LUNAR_YEARS:  # before them the library counts on into nonsense
        return None
    try:
        found = LunarDate.from_solar_date(day.year, day.month, day.day)
    except ValueError:
        return None
    return found.month, found.day


def is_known(country: str) -> bool:
    """Whether the public holidays of a country are known.

    >>> is_known("GB"), is_known("XX")
    (True, False)
    """
    return _holidays(country.upper(), 2024, "") is not None


@lru_cache(maxsize=512)
def _of_year(country: str, year: int) -> tuple[Occasion, ...]:
    public = list(_announced(year)) if country == "CN" else []
    public = public or list(_public(country, year))
    names = {one.code for one in public}
    return (*public, *(one for one in _festivals(country, year) if one.code not in names), *_sales(country, year))


# Public holidays -----------------------------------------------------------------------------------------------------


def _announced(year: int) -> Iterator[Occasion]:
    """Yield China's holidays as they were announced: the days off under one name, weekends inside included."""
    from chinese_calendar import constants

    runs: list[tuple[str, list[date]]] = []
    open_runs: dict[str, list[date]] = {}
    for day, name in sorted(constants.holidays.items()):
        if day.year != year:
            continue
        run = open_runs.get(name)
        # Another holiday inside a longer one, or a working day in between, does not end it.
        if run and (day - run[-1]).days <= _LONGEST_GAP:
            run.append(day)
        else:
            open_runs[name] = [day]
            runs.append((name, open_runs[name]))
    for name, run in runs:
        yield _public_one("CN", _CODES.get(name, _slug(name)), (name, ""), run[0], run[-1])


def _public(country: str, year: int) -> Iterator[Occasion]:
    """Yield holidays by rule: the days of one name, with the weekend days between and beside them."""
    chinese = _holidays(country, year, "zh_CN")
    spans: dict[str, list[date]] = {}
    named: dict[str, tuple[str, str]] = {}
    for day, name, said in _named_days(country, year):
        code = _CODES.get(name, _slug(name))
        spans.setdefault(code, []).append(day)
        translated = _unmoved(str(chinese[day]).split("; ")[0]) if chinese and "; " not in said else ""
        named.setdefault(code, (name, translated))
    for code, days in spans.items():
        yield _public_one(country, code, named[code], *_widened(country, days[0], days[-1]))


def _named_days(country: str, year: int) -> list[tuple[date, str, str]]:
    """Return each day of the calendar that has a name, with that name and all that is said of the day."""
    english = _holidays(country, year, "en_US")
    return [
        (day, _unmoved(one), said)
        for day, said in sorted((english or {}).items())
        if day.year == year
        for one in said.split("; ")
        if not one.startswith(_ONLY_SWAPPED)
    ]


def _public_one(country: str, code: str, names: tuple[str, str], first: date, last: date) -> Occasion:
    usual = _NAMES.get(code)
    english = usual[0] if usual else names[0]
    chinese = usual[1] if usual else names[1] or _IN_CHINESE.get(names[0], names[0])
    return Occasion(first, last, _own_day(country, code, first, last), code, Kind.PUBLIC, english, chinese)


def _own_day(country: str, code: str, first: date, last: date) -> date:
    """Return the day itself of a holiday whose days off lie round it."""
    if code in _LUNAR:
        days = [_lunar(first.year, *_LUNAR[code])]
    else:
        days = [day for day, name, _said in _named_days(country, first.year) if _CODES.get(name, _slug(name)) == code]
    return next((day for day in days if day and first <= day <= last), first)


def _widened(country: str, first: date, last: date) -> tuple[date, date]:
    """Take in the days off that touch a holiday, unless that leads into the next one and far."""
    begins, ends = first, last
    while _is_off(country, begins - _DAY) and (first - begins).days < 3:
        begins -= _DAY
    while _is_off(country, ends + _DAY) and (ends - last).days < 3:
        ends += _DAY
    return (begins, ends) if (ends - begins).days < _LONGEST else (first, last)


def _is_off(country: str, day: date) -> bool:
    if country == "CN":
        import chinese_calendar

        try:
            return bool(chinese_calendar.is_holiday(day))
        except NotImplementedError:
            pass
    known = _holidays(country, day.year, "")
    if known is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return day.weekday() >= SATURDAY
    return not known.is_working_day(day)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int, language: str) -> Any:
    """Return one year of the calendar of a country, None where there is none; names in ``language`` if it has them."""
    import holidays

    try:
        usual = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
    if not language or language not in usual.supported_languages:
        return None if language == "zh_CN" else usual
    return holidays.country_holidays(country, years=year, language=language)


def _unmoved(said: str) -> str:
    """Return the name of a holiday without what says that it was moved, or which of its days it is."""
    while (shorter := _MOVED.sub("", said).strip()) != said:
        said = shorter
    return said


_MOVED = re.compile(
    r"\((observed|substitute[^)]*|estimated[^)]*|Spring Festival|(Second|Third|Fourth|Fifth) Day)\)$"
    "|[(\uff08](\u8865\u5047|\u63a8\u5b9a)[)\uff09]$"
)
_ONLY_SWAPPED = ("Day off (", "Substitute Holiday")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower().replace("'", "")).strip("_")


# Festivals and sales -------------------------------------------------------------------------------------------------


def _festivals(country: str, year: int) -> Iterator[Occasion]:
    """Yield days on which people give or gather, though they work; a week before them counts."""
    if country in _LUNAR_COUNTRIES:
        for code in ("lantern_festival", "qixi", "double_ninth", "laba"):
            # The last lunar month ends in the next year of the sun.
            day = _lunar(year - 1 if code == "laba" else year, *_LUNAR[code])
            if day is not None:
                yield _festival(code, day)
        yield _festival("day_520", date(year, 5, 20))
    yield _festival("valentine", date(year, 2, 14))
    yield _festival("womens_day", date(year, 3, 8))
    yield _festival("mothers_day", _mothers_day(country, year))
    yield _festival("fathers_day", _nth(year, 6, weekday=6, nth=3))
    if country in _LUNAR_COUNTRIES:
        yield _festival("childrens_day", date(year, 6, 1))
    yield _festival("halloween", date(year, 10, 31))
    # Days off or not, presents are bought in December.
    yield _festival("christmas_shopping", date(year, 12, 24), before=23)


def _festival(code: str, day: date, *, before: int = 6) -> Occasion:
    name_en, name_zh = _NAMES[code]
    return Occasion(day - before * _DAY, day, day, code, Kind.FESTIVAL, name_en, name_zh)


def _mothers_day(country: str, year: int) -> date:
    if country in {"GB", "IE"}:
        return _easter(year) - timedelta(days=21)
    return _nth(year, 5, weekday=6, nth=2)


def _easter(year: int) -> date:
    """Return Easter Sunday, by the rule of 1583."""
    century, golden = year // 100, year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (year % 100 // 4) - moon - year % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _sales(country: str, year: int) -> Iterator[Occasion]:
    """Yield the shopping days, with the days over which they are held today."""
    friday = _nth(year, 11, weekday=3, nth=4) + _DAY
    yield _sale("shopping_618", date(year, 6, 1), date(year, 6, 18))
    yield _sale("double_11", date(year, 11, 1), date(year, 11, 11))
    yield _sale("double_12", date(year, 12, 8), date(year, 12, 12))
    yield _sale("black_friday", friday, friday + 2 * _DAY, day=friday)
    yield _sale("cyber_monday", friday + 3 * _DAY, friday + 3 * _DAY)
    if country in _LUNAR_COUNTRIES:
        laba, new_year = _lunar(year - 1, *_LUNAR["laba"]), _lunar(year, *_LUNAR["spring_festival"])
        if laba and new_year:
            # Parcels rest over the holiday: the goods are bought from Laba to some days before the eve.
            yield _sale("new_year_goods", laba, new_year - 4 * _DAY, day=new_year - 4 * _DAY)


def _sale(code: str, first: date, last: date, *, day: date | None = None) -> Occasion:
    name_en, name_zh = _NAMES[code]
    return Occasion(first, last, day or last, code, Kind.SHOPPING, name_en, name_zh)


def _lunar(year: int, month: int, day: int) -> date | None:
    """Return a day of the lunar calendar in the sun's, None beyond the years it is known for."""
    from lunardate import LunarDate

    try:
        found: date = LunarDate(year, month, day).to_solar_date()
    except ValueError:
        return None
    return found


def _nth(year: int, month: int, *, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


_LUNAR_COUNTRIES = frozenset({"CN", "HK", "MO", "TW"})
_LUNAR = {
    "spring_festival": (1, 1), "lantern_festival": (1, 15), "dragon_boat": (5, 5), "qixi": (7, 7), "mid_autumn": (8, 15),
    "double_ninth": (9, 9), "laba": (12, 8),
}  # fmt: skip
_CODES = {
    "New Year's Day": "new_year", "Founding Day of the Republic of China": "new_year",
    "Spring Festival": "spring_festival", "Chinese New Year": "spring_festival",
    "Chinese New Year's Day": "spring_festival", "Chinese New Year's Eve": "spring_festival",
    "The second day of Chinese New Year": "spring_festival", "The third day of Chinese New Year": "spring_festival",
    "The fourth day of Chinese New Year": "spring_festival",
    "Tomb-sweeping Day": "qingming", "Tomb-Sweeping Day": "qingming", "Labour Day": "labour_day", "Labor Day": "labour_day",
    "Dragon Boat Festival": "dragon_boat", "Mid-autumn Festival": "mid_autumn", "Mid-Autumn Festival": "mid_autumn",
    "The Day following Mid-Autumn Festival": "mid_autumn", "National Day": "national_day",
    "National Day of the People's Republic of China": "national_day",
    "The day following National Day of the People's Republic of China": "national_day",
    "Double Ninth Festival": "double_ninth", "Children's Day": "childrens_day", "Christmas Day": "christmas",
}  # fmt: skip
# In English and Chinese, by code.
_NAMES = {
    "new_year": ("New Year's Day", "元旦"), "spring_festival": ("Spring Festival", "春节"),
    "qingming": ("Tomb-Sweeping Day", "清明节"), "labour_day": ("Labour Day", "劳动节"),
    "dragon_boat": ("Dragon Boat Festival", "端午节"), "mid_autumn": ("Mid-Autumn Festival", "中秋节"),
    "national_day": ("National Day", "国庆节"), "christmas": ("Christmas", "圣诞节"),
    "lantern_festival": ("Lantern Festival", "元宵节"), "qixi": ("Qixi Festival", "七夕"),
    "double_ninth": ("Double Ninth Festival", "重阳节"),
    "laba": ("Laba Festival", "腊八节"), "day_520": ("520", "520 告白日"), "valentine": ("Valentine's Day", "情人节"),
    "womens_day": ("Women's Day", "妇女节"), "mothers_day": ("Mother's Day", "母亲节"),
    "fathers_day": ("Father's Day", "父亲节"), "childrens_day": ("Children's Day", "儿童节"),
    "halloween": ("Halloween", "万圣夜"), "christmas_shopping": ("Christmas shopping", "圣诞购物季"),
    "shopping_618": ("618", "618"), "double_11": ("Double 11", "双11"), "double_12": ("Double 12", "双12"),
    "black_friday": ("Black Friday", "黑色星期五"), "cyber_monday": ("Cyber Monday", "网络星期一"),
    "new_year_goods": ("New Year goods", "年货节"),
}  # fmt: skip
# Public holidays elsewhere that CLDR and the libraries have no Chinese for; others keep their English name.
_IN_CHINESE = {
    "Good Friday": "耶稣受难日", "Easter Sunday": "复活节", "Easter Monday": "复活节星期一", "Boxing Day": "节礼日",
    "Saint Stephen's Day": "节礼日", "Second Day of Christmas": "圣诞节次日", "Christmas Eve": "平安夜",
    "New Year's Eve": "除夕(公历)", "May Day": "五月初银行假日", "Spring Bank Holiday": "春季银行假日",
    "Summer Bank Holiday": "夏季银行假日", "Late Summer Bank Holiday": "夏末银行假日", "Ascension Day": "耶稣升天节",
    "Pentecost Monday": "圣灵降临节星期一", "Whit Monday": "圣灵降临节星期一", "Corpus Christi": "基督圣体节",
    "Assumption Day": "圣母升天节", "All Saints' Day": "诸圣节", "Immaculate Conception": "圣母无染原罪节",
    "Epiphany": "主显节", "Victory Day": "胜利日", "Armistice Day": "停战纪念日", "German Unity Day": "德国统一日",
    "Reformation Day": "宗教改革日", "Martin Luther King Jr. Day": "马丁·路德·金日", "Washington's Birthday": "总统日",
    "Memorial Day": "阵亡将士纪念日", "Juneteenth National Independence Day": "六月节", "Independence Day": "独立日",
    "Columbus Day": "哥伦布日", "Veterans Day": "退伍军人节", "Thanksgiving Day": "感恩节", "Thanksgiving": "感恩节",
    "Canada Day": "加拿大日", "Victoria Day": "维多利亚日", "Australia Day": "澳大利亚日", "ANZAC Day": "澳新军团日",
    "Saint Patrick's Day": "圣帕特里克节", "Coming of Age Day": "成人节", "Foundation Day": "建国纪念日",
    "Emperor's Birthday": "天皇诞生日", "Vernal Equinox Day": "春分日", "Showa Day": "昭和日", "Constitution Day": "宪法纪念日",
    "Greenery Day": "绿之日", "Children's Day": "儿童节", "Marine Day": "海之日", "Mountain Day": "山之日",
    "Respect for the Aged Day": "敬老日", "Autumnal Equinox Day": "秋分日", "Sports Day": "体育日", "Culture Day": "文化日",
    "Labor Thanksgiving Day": "勤劳感谢日", "Eid al-Fitr": "开斋节", "Eid al-Adha": "宰牲节", "Diwali": "排灯节",
    "Deepavali": "屠妖节", "Vesak Day": "卫塞节", "Islamic New Year": "伊斯兰新年", "Malaysia Day": "马来西亚日",
    "Liberation Day": "解放日", "King's Birthday": "国王日", "King's Day": "国王节", "The Buddha's Birthday": "佛诞",
    "Saint Brigid's Day": "圣布里吉德节", "May Bank Holiday": "五月银行假日", "June Bank Holiday": "六月银行假日",
    "August Bank Holiday": "八月银行假日", "October Bank Holiday": "十月银行假日", "Republic Day": "共和国日",
}  # fmt: skip
