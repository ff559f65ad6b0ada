"""Segments are named, changed, archived and built on each other."""

import pytest

from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import define, lists
from shuke.insight.segments.models import Membership, Segment
from shuke.insight.segments.testing import BUYERS, BY, a_list, segment
from shuke.platform.audit.models import AuditEntry


def within(*segments, op="in"):
    return {"all": [{"field": "segment", "op": op, "value": [str(one.uuid) for one in segments]}]}


def test_two_segments_in_use_cannot_share_a_name(company, now):
    segment()

    with pytest.raises(errors.NameTaken):
        segment()

    assert Segment.objects.count() == 1


def test_an_archived_segment_gives_its_name_free_and_comes_back_under_another(company, now):
    old = segment()
    define.archive(old, by=BY, now=now)
    segment()

    with pytest.raises(errors.NameTaken):
        define.restore(Segment.objects.get(pk=old.pk), by=BY, now=now)

    assert [entry.verb for entry in AuditEntry.objects.filter(verb__startswith="segments.").order_by("pk")] == [
        "segments.created", "segments.archived", "segments.created",
    ]  # fmt: skip


def test_a_segment_that_others_are_built_on_stays(company, now):
    base = segment()
    segment(within(base), name="Built on it")

    with pytest.raises(errors.SegmentInUse) as refusal:
        define.archive(base, by=BY, now=now)

    assert refusal.value.facts["names"] == ["Segment “Built on it”"]
    base.refresh_from_db()
    assert base.state == "active"


def test_a_segment_cannot_rest_on_itself(company, now):
    base = segment()
    middle = segment(within(base), name="Middle")

    with pytest.raises(errors.InvalidRule) as refusal:
        define.update(base, name=base.name, rule=within(middle, op="not_in"), by=BY, now=now)

    assert "Middle → Buyers" in str(refusal.value)
    base.refresh_from_db()
    assert base.rule == BUYERS


def test_what_a_rule_names_must_be_there(company, now):
    gone = segment()
    define.archive(gone, by=BY, now=now)

    for rule in (within(gone), {"all": [{"field": "customer.tag", "op": "has_any", "value": [99]}]}):
        with pytest.raises(errors.InvalidRule):
            segment(rule, name="x")


def test_a_copy_gets_a_name_of_its_own(shop, ada, django_capture_on_commit_callbacks, now):
    with django_capture_on_commit_callbacks(execute=True):
        original = a_list(ada.pk)
    with django_capture_on_commit_callbacks(execute=True):
        first = define.duplicate(original, by=BY, now=now)
    second = define.duplicate(first, by=BY, now=now)

    assert [first.name, second.name] == ["Hand-picked (copy)", "Hand-picked (copy) (copy)"]
    assert queries.listed_ids(first).tolist() == [ada.pk]


def test_a_list_holds_whom_people_put_on_it(shop, ada, bob, now):
    mine = a_list()

    assert lists.add(mine, [ada.pk, bob.pk, 999], by=BY, now=now) == 2
    assert lists.add(mine, [ada.pk], by=BY, now=now) == 0
    assert lists.remove(mine, [bob.pk], by=BY, now=now) == 1

    assert (mine.size, queries.listed_ids(mine).tolist()) == (1, [ada.pk])
    assert queries.preview(within(mine))["sample"] == [ada.pk]
    assert queries.preview(within(mine, op="not_in"))["count"] == 2


def test_a_list_can_be_filled_by_a_rule_once(shop, ada, bob, now):
    mine = a_list()

    assert lists.add_by_rule(mine, BUYERS, by=BY, now=now) == 2

    assert set(queries.listed_ids(mine)) == {ada.pk, bob.pk}


def test_a_rule_decides_alone_about_its_members(shop, ada, now):
    buyers = segment(is_computed=True)

    with pytest.raises(errors.NotAList):
        lists.remove(buyers, [ada.pk], by=BY, now=now)

    assert Membership.objects.filter(left_at=None).count() == 2


def test_a_rule_may_not_grow_without_limit_through_others(company):
    heavy = segment({"all": [{"event": str(n), "op": "did"} for n in range(60)]}, name="Heavy")
    doubled = segment({"any": within(heavy)["all"] * 4}, name="Four times")

    with pytest.raises(errors.InvalidRule) as refusal:
        segment({"any": within(doubled)["all"] * 2}, name="Eight times")

    assert "300" in str(refusal.value)
