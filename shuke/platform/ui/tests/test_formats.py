"""Figures and dates in both languages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from shuke.platform.ui import formats


@pytest.mark.parametrize(
    ("language", "minor", "currency", "expected"),
    [
        ("en", 123456, "GBP", "£1,234.56"),
        ("en", -5, "GBP", "-£0.05"),
        ("en", 1200, "JPY", "¥1,200"),
        ("en", 123456, "CNY", "CN¥1,234.56"),
        ("en", 1234567, "KWD", "KWD1,234.567"),
        ("en", 123456, "", "1,234.56"),
        ("en", None, "GBP", "–"),
        ("zh-hans", 123456, "CNY", "¥1,234.56"),
        ("zh-hans", 100, "GBP", "£1.00"),
    ],
)
def test_money_is_written_to_the_last_unit(language: str, minor: int, currency: str, expected: str) -> None:
    with translation.override(language):
        assert formats.money(minor, currency) == expected


@pytest.mark.parametrize(
    ("language", "minor", "expected"),
    [
        ("en", 99, "£0.99"),
        ("en", 974774793, "£9.7M"),
        ("zh-hans", 974774793, "£974.8万"),
    ],
)
def test_rough_money_counts_as_the_language_does(language: str, minor: int, expected: str) -> None:
    with translation.override(language):
        assert formats.money_short(minor, "GBP") == expected


def test_numbers_and_percentages() -> None:
    with translation.override("en"):
        assert formats.number(1234567) == "1,234,567"
        assert formats.number(Decimal("2.5"), 2) == "2.50"
        assert formats.number_short(541909) == "541.9K"
        assert formats.percent(0.1234) == "12%"
        assert formats.percent(0.1234, 1) == "12.3%"
    with translation.override("zh-hans"):
        assert formats.number_short(541909) == "54.2万"


def test_a_change_shows_its_sign() -> None:
    with translation.override("en"):
        assert formats.change(0.12) == "+12%"
        assert formats.change(-0.5) == "−50%"
        assert formats.change(0.001) == "0%"
        assert formats.change(None) == "–"


def test_days_and_moments_follow_language_and_zone() -> None:
    at = datetime(2026, 11, 21, 23, 5, tzinfo=UTC)

    with timezone.override(ZoneInfo("Asia/Shanghai")), translation.override("zh-hans"):
        assert formats.day(at) == "2026年11月22日"
        assert formats.moment(at) == "2026年11月22日 07:05"
        assert formats.day(date(2026, 11, 1), "month") == "2026年11月"
    with timezone.override(ZoneInfo("Europe/London")), translation.override("en"):
        assert formats.day(at) == "Nov 21, 2026"
        assert formats.moment(at) == "Nov 21, 2026 23:05"
        assert formats.day(date(2026, 11, 1), "month") == "Nov 2026"


def test_how_long_ago() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    with translation.override("en"):
        assert formats.since(now - timedelta(days=3), now) == "3 days ago"
        assert formats.since(now + timedelta(hours=2), now) == "in 2 hours"
        assert formats.since(None, now) == "–"
        assert formats.duration(150) == "2 minutes"
    with translation.override("zh-hans"):
        assert formats.since(now - timedelta(days=3), now) == "3天前"
