"""What events have done to sales: their lift over ordinary days, with an interval, from their past occurrences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.engine import peaks
from shuke.insight.forecasts.engine.peaks import Lift, Outlook, Past
from shuke.insight.forecasts.models import Forecast, Run
from shuke.insight.forecasts.queries import Scope, calendar
from shuke.insight.forecasts.queries.calendar import Event
from shuke.insight.forecasts.rules import Step, Window

# Calendars are asked for so far before history, and so far ahead.
BEHIND, AHEAD = timedelta(days=60), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class World:
    """The daily history of a scope by measure, and the events round it."""

    run: Run
    pasts: Mapping[str, Past]
    events: Mapping[str, Event]
    shop_id: int | None

    def windows(self, event: Event) -> list[Window]:
        """Return the occurrences of an event that count here."""
        return [
            one for one in event.windows
            if self.shop_id is None or one.shop_id is None or one.shop_id == self.shop_id
        ]  # fmt: skip

    def lift(self, measure: str, event: Event) -> Lift | None:
        """Return what past occurrences of an event did to a measure; None where none is known."""
        past = self.pasts.get(measure)
        own = [calendar.sale_days(one) for one in self.windows(event)]
        known = peaks.occurrences(past, own, before=self.run.as_of + timedelta(days=1)) if past else []
        return peaks.lift_of(known, past.scatter) if past and known else None

    def outlook(self, measure: str, target: Window, event: Event | None) -> Outlook | None:
        """Return what the days of ``target`` bring: from past occurrences of its event, else from the company's other peaks."""
        past = self.pasts.get(measure)
        if past is None:
            return None
        own = [calendar.sale_days(one) for one in self.windows(event)] if event else []
        others = [
            calendar.sale_days(one)
            for other in self.events.values()
            if other.is_shopping and (event is None or other.key != event.key)
            for one in self.windows(other)
        ]
        return peaks.outlook(
            past, target, [one for one in own if one.first != target.first], others, today=self.run.as_of
        )


def world(run: Run, measures: Sequence[str], shop_id: int | None) -> World:
    """Return the history of the company or a shop by day, in one query of the last run, with its calendar."""
    scope = Scope() if shop_id is None else Scope(rules.SHOP, str(shop_id))
    found = queries.forecasts_of(run, Step.DAY, scope=scope, measures=measures)
    first = run.first_on or run.as_of
    events = calendar.everything(run.countries, first - BEHIND, run.as_of + AHEAD)
    windows = calendar.windows_for(events, shop_id)
    pasts = {one.measure: _past(one, windows) for one in found if len(one.past) >= peaks.LEAST_DAYS}
    return World(run, pasts, events, shop_id)


def _past(found: Forecast, windows: Sequence[Window]) -> Past:
    return peaks.past_of(found.begins_on or date.min, found.past, windows)
