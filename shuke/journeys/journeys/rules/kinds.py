"""The kinds of steps, each with the ways that lead out of it and what it must be told.

A kind that another domain contributes is called ``domain.name`` and acts; everything else is known here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NEXT = "next"
# What sets a journey off.
EVENT, ENTERED, LEFT, DATE, SCHEDULE, OCCASION, API, WEBHOOK = (
    "event", "entered", "left", "date", "schedule", "occasion", "api", "webhook",
)  # fmt: skip
TRIGGERS = (EVENT, ENTERED, LEFT, DATE, SCHEDULE, OCCASION, API, WEBHOOK)
# Waits.
WAIT, UNTIL, WAIT_FOR = "wait", "until", "wait_for"
# Branches.
CHECK, SPLIT, EXPERIMENT, REACH = "check", "split", "experiment", "reach"
# Actions.
SEND, TAG, ATTRIBUTE, LIST = "send", "tag", "attribute", "list"
END = "end"

WAITS = (WAIT, UNTIL, WAIT_FOR)
BRANCHES = (CHECK, SPLIT, EXPERIMENT, REACH)
ACTIONS = (SEND, TAG, ATTRIBUTE, LIST)
KINDS = (*TRIGGERS, *WAITS, *BRANCHES, *ACTIONS, END)

UNITS = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
LONGEST_WAIT = 400 * 86_400
OPS = ("eq", "ne", "gt", "ge", "lt", "le", "contains", "in", "exists", "same")
CALENDARS = ("solar", "lunar")
OTHERWISE = "otherwise"
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CODE = re.compile(r"[a-z0-9_]{1,40}")

Complaint = tuple[str, str]
_HALVES = {"arms": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]}
# What a new step says until somebody says otherwise.
USUAL: Mapping[str, Mapping[str, Any]] = {
    WAIT: {"amount": 1, "unit": "days"}, UNTIL: {"at": "10:00"}, WAIT_FOR: {"amount": 1, "unit": "days"}, SPLIT: _HALVES,
    EXPERIMENT: _HALVES, REACH: {"channels": ["email", "sms"], "purpose": "marketing"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arm:
    """One way out of a random split or an experiment, with its weight."""

    name: str
    weight: int


def is_contributed(kind: str) -> bool:
    """Whether another domain offers this kind of step.

    >>> is_contributed("loyalty.award"), is_contributed("send")
    (True, False)
    """
    return "." in kind


def acts(kind: str) -> bool:
    """Whether reaching a step of this kind does something that must not happen twice."""
    return kind in ACTIONS or is_contributed(kind)


def exits_of(kind: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ways that lead out of a step; each must lead somewhere.

    >>> exits_of("wait_for", {}), exits_of("reach", {"channels": ["email", "sms"]}), exits_of("end", {})
    (('happened', 'timeout'), ('email', 'sms', 'otherwise'), ())
    """
    if kind == END:
        return ()
    if kind == WAIT_FOR:
        return ("happened", "timeout")
    if kind == CHECK:
        return ("yes", "no")
    if kind in (SPLIT, EXPERIMENT):
        return tuple(arm.name for arm in arms_of(settings))
    if kind == REACH:
        return (*(str(one) for one in _list(settings.get("channels"))), OTHERWISE)
    return (NEXT,)


def arms_of(settings: Mapping[str, Any]) -> tuple[Arm, ...]:
    """Return the arms of a split or an experiment, those that can be read."""
    return tuple(
        Arm(one["name"], int(one["weight"]))
        for one in _list(settings.get("arms"))
        if isinstance(one, Mapping) and isinstance(one.get("name"), str) and _is_whole(one.get("weight"))
    )


def seconds_of(settings: Mapping[str, Any]) -> int:
    """Return how long a wait lasts.

    >>> seconds_of({"amount": 2, "unit": "hours"})
    7200
    """
    return int(settings["amount"]) * UNITS[str(settings["unit"])]


def complaints(kind: str, settings: Mapping[str, Any]) -> list[Complaint]:
    """Return what is missing or does not fit in a step's settings: the setting, and why (a code)."""
    check = _CHECKS.get(kind)
    return check(settings) if check else []


def complaints_about_filter(said: Any, name: str = "where") -> list[Complaint]:
    """Return what is wrong with the conditions on what an event says."""
    if said is None:
        return []
    if not isinstance(said, Sequence) or isinstance(said, str):
        return [(name, "list")]
    found: list[Complaint] = []
    for one in said:
        if not isinstance(one, Mapping) or not _is_text(one.get("property")) or one.get("op") not in OPS:
            found.append((name, "condition"))
        elif one["op"] not in ("exists", "same") and one.get("value") in (None, ""):
            found.append((name, "value"))
    return found


def _of_event(settings: Mapping[str, Any]) -> list[Complaint]:
    missing = [] if _is_text(settings.get("event")) else [("event", "missing")]
    return [*missing, *complaints_about_filter(settings.get("where"))]


def _of_segment(settings: Mapping[str, Any]) -> list[Complaint]:
    return [] if _is_text(settings.get("segment")) else [("segment", "missing")]


def _of_date(settings: Mapping[str, Any]) -> list[Complaint]:
    found = [] if settings.get("calendar", "solar") in CALENDARS else [("calendar", "choice")]
    if not _is_between(settings.get("days_before", 0), 0, 60):
        found.append(("days_before", "range"))
    if not _is_text(settings.get("field", "birthday")):
        found.append(("field", "missing"))
    return found + _hour(settings, "at", optional=True)


def _of_schedule(settings: Mapping[str, Any]) -> list[Complaint]:
    found = [] if settings.get("every") in ("day", "week", "month", "once") else [("every", "choice")]
    if settings.get("every") == "week" and not _is_between(settings.get("weekday"), 0, 6):
        found.append(("weekday", "range"))
    if settings.get("every") == "month" and not _is_between(settings.get("day"), 1, 31):
        found.append(("day", "range"))
    if settings.get("every") == "once" and not _is_text(settings.get("on")):
        found.append(("on", "missing"))
    return found + _hour(settings, "at")


def _of_occasion(settings: Mapping[str, Any]) -> list[Complaint]:
    codes = _list(settings.get("occasions"))
    found = [] if codes and all(_is_text(one) for one in codes) else [("occasions", "missing")]
    if not _is_between(settings.get("days_before", 0), 0, 60):
        found.append(("days_before", "range"))
    return found + _hour(settings, "at", optional=True)


def _of_wait(settings: Mapping[str, Any]) -> list[Complaint]:
    if not _is_between(settings.get("amount"), 1, 100_000):
        return [("amount", "range")]
    if settings.get("unit") not in UNITS:
        return [("unit", "choice")]
    return [] if seconds_of(settings) <= LONGEST_WAIT else [("amount", "too_long")]


def _of_until(settings: Mapping[str, Any]) -> list[Complaint]:
    days = settings.get("weekdays", [])
    found = (
        [] if isinstance(days, Sequence) and all(_is_between(one, 0, 6) for one in days) else [("weekdays", "range")]
    )
    return found + _hour(settings, "at")


def _of_wait_for(settings: Mapping[str, Any]) -> list[Complaint]:
    return [*_of_event(settings), *_of_wait(settings)]


def _of_check(settings: Mapping[str, Any]) -> list[Complaint]:
    return [] if settings.get("rule") else [("rule", "missing")]


def _of_arms(settings: Mapping[str, Any]) -> list[Complaint]:
    said, arms = _list(settings.get("arms")), arms_of(settings)
    names = [arm.name for arm in arms]
    if len(arms) < 2 or len(arms) != len(said) or len(arms) > 10:
        return [("arms", "arms")]
    if len(set(names)) != len(names) or not all(_CODE.fullmatch(name) for name in names):
        return [("arms", "names")]
    return [] if all(0 < arm.weight <= 100 for arm in arms) else [("arms", "weights")]


def _of_reach(settings: Mapping[str, Any]) -> list[Complaint]:
    channels = _list(settings.get("channels"))
    fits = channels and all(_is_text(one) for one in channels) and len(set(channels)) == len(channels)
    return [] if fits else [("channels", "missing")]


def _of_send(settings: Mapping[str, Any]) -> list[Complaint]:
    found = [(name, "missing") for name in ("channel", "template") if not _is_text(settings.get(name))]
    hours = settings.get("hours")
    if hours:
        fits = isinstance(hours, Sequence) and len(hours) == 2 and all(_is_hour(one) for one in hours)
        found += [] if fits and hours[0] < hours[1] else [("hours", "hours")]
    if settings.get("outside", "wait") not in ("wait", "skip"):
        found.append(("outside", "choice"))
    return found


def _of_tag(settings: Mapping[str, Any]) -> list[Complaint]:
    return [] if _is_text(settings.get("tag")) else [("tag", "missing")]


def _of_attribute(settings: Mapping[str, Any]) -> list[Complaint]:
    found = [] if _is_text(settings.get("attribute")) else [("attribute", "missing")]
    return found + ([] if "value" in settings else [("value", "missing")])


def _of_list(settings: Mapping[str, Any]) -> list[Complaint]:
    return [] if _is_text(settings.get("list")) else [("list", "missing")]


_CHECKS = {
    EVENT: _of_event, ENTERED: _of_segment, LEFT: _of_segment, DATE: _of_date, SCHEDULE: _of_schedule,
    OCCASION: _of_occasion, WAIT: _of_wait, UNTIL: _of_until, WAIT_FOR: _of_wait_for, CHECK: _of_check,
    SPLIT: _of_arms, EXPERIMENT: _of_arms, REACH: _of_reach, SEND: _of_send, TAG: _of_tag, ATTRIBUTE: _of_attribute,
    LIST: _of_list,
}  # fmt: skip


def _hour(settings: Mapping[str, Any], name: str, *, optional: bool = False) -> list[Complaint]:
    said = settings.get(name)
    if optional and not said:
        return []
    return [] if _is_hour(said) else [(name, "hour")]


def _is_hour(said: Any) -> bool:
    return isinstance(said, str) and _HOUR.fullmatch(said) is not None


def _is_text(said: Any) -> bool:
    return isinstance(said, str) and 0 < len(said.strip()) <= 400


def _is_whole(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool)


def _is_between(said: Any, low: int, high: int) -> bool:
    return _is_whole(said) and low <= said <= high


def _list(said: Any) -> list[Any]:
    return list(said) if isinstance(said, Sequence) and not isinstance(said, str) else []
