"""Time zones by name."""

from django.utils import translation

from shuke.platform.ui import time_zones


def flat(offered):
    return [pair for value, label in offered for pair in (label if isinstance(label, list) else [(value, label)])]


def test_common_zones_come_first_and_none_comes_twice():
    with translation.override("zh-hans"):
        offered = time_zones.choices(empty="随公司")

    assert offered[0] == ("", "随公司")
    assert offered[1][0] == "常用"
    assert offered[1][1][0] == ("Asia/Shanghai", "(UTC+08:00) 上海")
    names = [name for name, _label in flat(offered)]
    assert len(names) == len(set(names)) > 400


def test_summer_time_does_not_move_a_zone():
    with translation.override("en"):
        assert time_zones.label("Europe/London") == "(UTC+00:00) London"
        assert time_zones.label("Australia/Sydney") == "(UTC+10:00) Sydney"


def test_a_zone_that_is_called_otherwise_today_can_be_kept_and_nonsense_cannot():
    with translation.override("en"):
        assert ("Asia/Calcutta", "(UTC+05:30) Kolkata") in flat(time_zones.choices(chosen="Asia/Calcutta"))
        assert time_zones.choices(chosen="Mars/Olympus") == time_zones.choices()
