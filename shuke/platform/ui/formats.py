"""Figures, dates and money as the reader's language writes them. None is always an en dash.

Pages call these through the filters of ``templatetags.ui``. The language is the active one; moments are shown in
the active time zone, which is the person's.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError, dates, numbers
from django.utils import timezone, translation
from django.utils.translation import pgettext

from shuke.kernel.money import from_minor, minor_digits
from shuke.kernel.places import territory_of

NOTHING = "–"
SHORT_FROM = 10_000
Number = float | Decimal

_BABEL_LOCALES = {"zh-hans": "zh_Hans", "zh": "zh_Hans", "zh-cn": "zh_Hans"}


def locale() -> Locale:
    """Return Babel's locale for the active language; English where Babel knows none."""
    language = (translation.get_language() or "en").lower()
    return Locale.parse(_BABEL_LOCALES.get(language, "en"))


def money(minor: int | None, currency: str) -> str:
    """Write an amount of minor units with its currency, to the last unit.

    >>> with translation.override("en"): money(123456, "GBP")
    '£1,234.56'
    """
    if minor is None:
        return NOTHING
    amount = from_minor(minor, currency)
    if not currency:
        return number(amount, minor_digits(currency))
    return str(numbers.format_currency(amount, currency, locale=locale(), decimal_quantization=False))


def money_short(minor: int | None, currency: str) -> str:
    """Write an amount roughly, for tiles and axes: ``£1.2M``, ``¥12万``; small amounts stay exact.

    >>> with translation.override("zh-hans"): money_short(1234567800, "CNY")
    '¥1234.6万'
    """
    if minor is None:
        return NOTHING
    amount = from_minor(minor, currency)
    if abs(amount) < SHORT_FROM:
        return money(minor, currency)
    if not currency:
        return number_short(amount)
    return str(numbers.format_compact_currency(amount, currency, locale=locale(), fraction_digits=1))


def number(value: Number | None, digits: int | None = None) -> str:
    """Write a number with its thousands separated; ``digits`` fixes how many follow the point.

    >>> with translation.override("en"): number(1234.5), number(1234, 2)
    ('1,234.5', '1,234.00')
    """
    if value is None:
        return NOTHING
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return str(numbers.format_decimal(value, format=pattern, locale=locale()))


def number_short(value: Number | None) -> str:
    """Write a large number roughly: ``12.3K``, ``1.2万``; below ten thousand exactly."""
    if value is None:
        return NOTHING
    if -SHORT_FROM < value < SHORT_FROM:
        return number(value)
    return str(numbers.format_compact_decimal(value, locale=locale(), fraction_digits=1))


def percent(ratio: Number | None, digits: int = 0) -> str:
    """Write a ratio as a percentage.

    >>> with translation.override("en"): percent(0.1234, 1)
    '12.3%'
    """
    if ratio is None:
        return NOTHING
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return str(numbers.format_percent(ratio, format=pattern, locale=locale()))


def change(ratio: Number | None) -> str:
    """Write a change against an earlier period, always with its sign: ``+12%``.

    >>> with translation.override("en"): change(0.12), change(-0.034), change(0)
    ('+12%', '−3%', '0%')
    """
    if ratio is None:
        return NOTHING
    text = percent(-ratio if ratio < 0 else ratio)
    if ratio == 0 or text == percent(0):
        return text
    return ("+" if ratio > 0 else "−") + text


def day(moment: date | datetime | None, style: str = "medium") -> str:
    """Write a day; ``style`` is short, medium, long, full, ``month`` or ``monthday``.

    >>> with translation.override("zh-hans"): day(date(2026, 11, 21))
    '2026年11月21日'
    """
    if moment is None:
        return NOTHING
    if isinstance(moment, datetime):
        moment = _here(moment).date()
    skeletons = {"month": "yMMM", "monthday": "MMMd"}
    if style in skeletons:
        return str(dates.format_skeleton(skeletons[style], moment, locale=locale()))
    return str(dates.format_date(moment, format=style, locale=locale()))


def clock(moment: datetime | None) -> str:
    """Write the time of day, to the minute, in the person's zone."""
    return NOTHING if moment is None else f"{_here(moment):%H:%M}"


def moment(at: datetime | None) -> str:
    """Write day and time, to the minute, in the person's zone.

    >>> from datetime import UTC
    >>> with translation.override("en"): moment(datetime(2026, 11, 21, 8, 5, tzinfo=UTC))
    'Nov 21, 2026 08:05'
    """
    return NOTHING if at is None else f"{day(at)} {clock(at)}"


def since(then: datetime | date | None, now: datetime | date) -> str:
    """Write how long ago something was: "3 days ago"; "in 2 hours" when it is still to come."""
    if then is None:
        return NOTHING
    if isinstance(then, datetime) and isinstance(now, datetime):
        difference = then - now
    else:
        difference = _day_of(then) - _day_of(now)
    return str(dates.format_timedelta(difference, add_direction=True, locale=locale()))


def duration(length: timedelta | float | None) -> str:
    """Write a length of time in its largest fitting unit; a plain number counts seconds."""
    if length is None:
        return NOTHING
    if not isinstance(length, timedelta):
        length = timedelta(seconds=length)
    return str(dates.format_timedelta(length, locale=locale(), threshold=1.2))


def listed(things: Iterable[object]) -> str:
    """Write things one after another: ``red, blue``.

    >>> with translation.override("en"): listed(["red", "blue"])
    'red, blue'
    """
    return pgettext("between things in a list", ", ").join(map(str, things))


def country(written: str) -> str:
    """Write a country in the reader's language where it can be recognised, else as it is stored.

    >>> with translation.override("zh-hans"): country("United Kingdom"), country("EIRE"), country("Narnia")
    ('英国', '爱尔兰', 'Narnia')
    """
    return str(locale().territories.get(territory_of(written), written))


def language(code: str) -> str:
    """Write a language in the reader's language where its code is one, else as it is stored.

    >>> with translation.override("zh-hans"): language("en"), language("en-GB"), language("Klingon")
    ('英语', '英语 (英国)', 'Klingon')
    """
    try:
        return str(Locale.parse(code, sep="-" if "-" in code else "_").get_display_name(locale()) or code)
    except (ValueError, UnknownLocaleError):
        return code


def countries(written: Iterable[str]) -> dict[str, str]:
    """Return what each stored country is called, in the order of those names; two of one name are told apart.

    >>> with translation.override("en"): countries(["UK", "EIRE", "Ireland"])
    {'EIRE': 'Ireland (EIRE)', 'Ireland': 'Ireland', 'UK': 'United Kingdom'}
    """
    names = {stored: country(stored) for stored in written}
    times = Counter(names.values())
    told_apart = {
        stored: name
        if times[name] == 1 or name == stored
        else pgettext("country as written", "%(country)s (%(written)s)") % {"country": name, "written": stored}
        for stored, name in names.items()
    }
    return dict(sorted(told_apart.items(), key=lambda pair: (collated(names[pair[0]]), pair[0])))


def collated(text: str) -> bytes:
    """Return by what a text is sorted: without regard to case, common Chinese characters by their sound.

    >>> sorted(["英国", "Albania", "中国", "爱尔兰", "austria"], key=collated)
    ['Albania', 'austria', '爱尔兰', '英国', '中国']
    """
    # The first plane of GB 2312, and of all that extends it, is in the order of pinyin.
    return text.casefold().encode("gb18030", "replace")


def figure(value: Any, kind: str, currency: str = "", *, digits: int | None = None) -> str:
    """Write a figure of a chart or table by its kind: money, number or percent."""
    if kind == "money":
        return money(value, currency)
    if kind == "percent":
        return percent(value, 1 if digits is None else digits)
    return number(value, digits)


def _here(at: datetime) -> datetime:
    return timezone.localtime(at) if timezone.is_aware(at) else at


def _day_of(value: datetime | date) -> date:
    return _here(value).date() if isinstance(value, datetime) else value
