"""Sending people on journeys because a day or an hour has come: birthdays, festivals, every Monday."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from shuke.cdp.customers import queries as customers
from shuke.insight.segments import queries as segments
from shuke.insight.segments.errors import NothingToAnalyse
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.rules import days, kinds, times
from shuke.journeys.journeys.rules.graph import Step
from shuke.kernel.places import territory_of_zone
from shuke.platform.company import queries as company

_DAY = timedelta(days=1)
USUAL_HOUR = "09:00"
# Days that were missed while nothing ran are made up for, so many at most.
_MADE_UP = 3
_PEOPLE_AT_ONCE = 5_000


def look(*, now: datetime) -> int:
    """Look at every journey that waits for a day or an hour; return how many people began."""
    if company.find_company() is None:
        return 0
    began = 0
    for journey in queries.live():
        assert journey.version is not None
        trigger = queries.graph_of(journey.version).trigger
        if trigger.kind in (kinds.DATE, kinds.OCCASION):
            began += _days(journey, trigger, now)
        elif trigger.kind == kinds.SCHEDULE:
            began += _schedule(journey, trigger, now)
    return began


def _days(journey: Journey, trigger: Step, now: datetime) -> int:
    """Enter whoever has their day on each day that has begun since the last look."""
    zone = company.company().time_zone
    local = now.astimezone(ZoneInfo(zone))
    at = str(trigger.settings.get("at") or USUAL_HOUR)
    today = local.date() if local.time() >= times.hour(at) else local.date() - _DAY
    first = max((journey.looked_on or today - _DAY) + _DAY, today - _DAY * (_MADE_UP - 1))
    began = 0
    for number in range(max((today - first).days + 1, 0)):
        day = first + _DAY * number
        began += entering.enter(journey, _whose_day(journey, trigger, day, zone), now=now).began
        Journey.objects.filter(pk=journey.pk).update(looked_on=day)
    return began


def _whose_day(journey: Journey, trigger: Step, day: date, zone: str) -> Iterator[Entrant]:
    wanted = day + _DAY * int(trigger.settings.get("days_before") or 0)
    if trigger.kind == kinds.OCCASION:
        found = days.occasion_on(territory_of_zone(zone), wanted, trigger.settings["occasions"])
        if found:
            yield from _everybody(journey, f"occasion:{found}:{wanted}", {"occasion": found, "day": wanted.isoformat()})
        return
    is_lunar = trigger.settings.get("calendar") == "lunar"
    for pk in _born_on(wanted, is_lunar=is_lunar):
        yield Entrant(pk, f"date:{pk}:{wanted}", {"day": wanted.isoformat()})


def _born_on(wanted: date, *, is_lunar: bool) -> Iterator[int]:
    """Yield those who have their birthday on a day; that of 29 February is kept on the 28th where there is none."""
    born = customers.customers().filter(birthday__isnull=False, erased_at=None, restricted_at=None).order_by("pk")
    if not is_lunar:
        on = Q()
        for month, day in days.solar_names(wanted):
            on |= Q(birthday__month=month, birthday__day=day)
        yield from born.filter(on).values_list("pk", flat=True).iterator(chunk_size=_PEOPLE_AT_ONCE)
        return
    for pk, birthday in born.values_list("pk", "birthday").iterator(chunk_size=_PEOPLE_AT_ONCE):
        if birthday is not None and days.is_lunar_anniversary(birthday, wanted):
            yield pk


def _schedule(journey: Journey, trigger: Step, now: datetime) -> int:
    """Enter whoever fulfils the rule of the entry whenever the hour comes; what was missed is made up for once."""
    due = days.last_due(trigger.settings, now, company.company().time_zone)
    since = journey.scheduled_at or journey.switched_on_at or now
    if due is None or due <= since:
        return 0
    began = entering.enter(journey, _everybody(journey, f"schedule:{due:%Y%m%d%H%M}", {}), now=now).began
    Journey.objects.filter(pk=journey.pk).update(scheduled_at=due)
    return began


def _everybody(journey: Journey, cause: str, context: dict[str, str]) -> Iterator[Entrant]:
    """Yield everybody whom the rule of the entry finds, or everybody where there is none."""
    assert journey.version is not None
    rule = queries.graph_of(journey.version).settings.rule
    if rule:
        try:
            found: Sequence[int] = segments.matching_ids(rule)
        except NothingToAnalyse:
            return
        for pk in found:
            yield Entrant(pk, f"{cause}:{pk}", context)
        return
    after = 0
    while some := customers.after(after, limit=_PEOPLE_AT_ONCE):
        for one in some:
            yield Entrant(one.pk, f"{cause}:{one.pk}", context)
        after = some[-1].pk
