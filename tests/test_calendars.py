"""Holidays, festivals and sales, against dates that anybody can look up."""

from datetime import date, timedelta

import pytest

from shuke.kernel.calendars import Kind, days_off, is_known, occasions


def of_year(country, year):
    return {one.code: one for one in occasions(country, date(year, 1, 1), date(year, 12, 31)) if one.day.year == year}


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("spring_festival", "2026-02-17"), ("lantern_festival", "2026-03-03"), ("dragon_boat", "2026-06-19"),
        ("qixi", "2026-08-19"), ("mid_autumn", "2026-09-25"), ("double_ninth", "2026-10-18"), ("laba", "2026-01-26"),
    ],
)  # fmt: skip
def test_lunar_festivals_fall_where_the_almanac_has_them(code, day):
    assert of_year("CN", 2026)[code].day == date.fromisoformat(day)


def test_the_days_off_of_a_year_without_an_announcement_follow_from_the_rules():
    later = of_year("CN", 2030)

    assert later["spring_festival"].day == date(2030, 2, 3)
    assert later["spring_festival"].first <= date(2030, 2, 2)
    assert later["national_day"].kind is Kind.PUBLIC


def test_moved_working_days_are_no_days_off():
    # In 2025 people worked on 26 January, a Sunday, for a longer Spring Festival.
    assert date(2025, 1, 26) not in days_off("CN", date(2025, 1, 20), date(2025, 2, 10))
    assert date(2025, 2, 4) in days_off("CN", date(2025, 1, 20), date(2025, 2, 10))


@pytest.mark.parametrize(("year", "friday"), [(2024, 29), (2025, 28), (2026, 27)])
def test_black_friday_follows_thanksgiving(year, friday):
    found = of_year("US", year)

    assert found["thanksgiving_day"].day == date(year, 11, friday - 1)
    assert found["black_friday"].first == date(year, 11, friday)
    assert found["black_friday"].last == date(year, 11, friday) + timedelta(days=2)
    assert found["cyber_monday"].day == found["black_friday"].day + timedelta(days=3)


def test_mothers_are_honoured_by_country():
    assert of_year("GB", 2025)["mothers_day"].day == date(2025, 3, 30)
    assert of_year("CN", 2025)["mothers_day"].day == date(2025, 5, 11)


def test_holidays_are_called_as_the_reader_calls_them():
    christmas = of_year("GB", 2024)["christmas"]

    assert (christmas.name("en"), christmas.name("zh-hans")) == ("Christmas", "圣诞节")
    assert of_year("HK", 2024)["spring_festival"].name("zh-hans") == "春节"


def test_unknown_countries_have_the_sales_of_everywhere():
    assert not is_known("ZZ")
    assert {one.kind for one in occasions("ZZ", date(2024, 1, 1), date(2024, 12, 31))} == {Kind.FESTIVAL, Kind.SHOPPING}


def test_windows_begin_before_they_end_and_hold_their_day():
    for country in ("CN", "GB", "US", "JP", "TW", "DE"):
        for one in occasions(country, date(2010, 1, 1), date(2027, 12, 31)):
            assert one.first <= one.day <= one.last, one
            assert one.name_en, one
            assert one.name_zh, one


def test_years_that_nobody_knows_have_no_holidays():
    assert occasions("CN", date(1850, 1, 1), date(1850, 12, 31)) == ()
