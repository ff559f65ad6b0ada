"""The list of calls of the demo company names reasons that hold when they are checked against the data."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shuke.crm.team.actions import planning, watching
from shuke.crm.team.models import Arm, Entry
from shuke.crm.team.testing import World
from shuke.demo import actions, rules

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def test_every_reason_of_the_demo_company_holds(db, warehouse, monkeypatch):
    monkeypatch.setitem(rules.SIZES, "2k", 80)
    monkeypatch.setitem(rules.HISTORY_MONTHS, "2k", 2)
    actions.build(now=NOW)
    watching.look(now=NOW)

    planned = planning.plan(now=NOW)

    zone = ZoneInfo(rules.TIME_ZONE)
    world = World(NOW.astimezone(zone).date(), zone)
    named = [
        (one.customer_id, code, facts) for one in Entry.objects.filter(day=world.today) for code, facts in one.reasons
    ]
    past = Entry.objects.filter(day__lt=world.today, arm=Arm.CALL)
    assert past.exclude(outcome="").count() >= 1
    assert all(one.is_settled and one.after_call_minor is not None for one in past.exclude(outcome=""))
    assert planned.calls >= 5
    assert len({code for _pk, code, _facts in named}) >= 2
    assert [(pk, code, facts) for pk, code, facts in named if not world.holds(pk, code, facts)] == []
