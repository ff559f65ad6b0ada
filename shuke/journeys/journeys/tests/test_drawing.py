"""Whether a journey can run: what is missing is named, step by step."""

import pytest

from shuke.journeys.journeys.errors import InvalidJourney
from shuke.journeys.journeys.rules.graph import problems_of, read
from shuke.journeys.journeys.testing import drawn

WAIT = {"amount": 1, "unit": "hours"}


def codes(said):
    return sorted((one.step, one.code) for one in problems_of(said))


def test_a_good_drawing_is_read():
    graph = read(drawn(("pause", "wait", WAIT), ("mark", "tag", {"tag": "VIP"}), goal={"event": "order.paid"}))

    assert graph.first == "pause"
    assert graph.after("mark", "next") == "end"
    assert [one.event for one in graph.signals()] == ["order.paid"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], [("", "shape")]),
        ({"steps": "x", "edges": []}, [("", "no_trigger"), ("", "shape")]),
        (drawn(("Bad", "wait", WAIT)), [("", "edge"), ("", "edge"), ("", "id")]),
        (drawn(("a", "wait", {"amount": 0, "unit": "hours"})), [("a", "setting")]),
        (drawn(("a", "fly", {})), [("", "edge"), ("", "edge"), ("a", "kind")]),
        (drawn(("a", "wait", WAIT), edges=["start next end"]), [("a", "exit_missing"), ("a", "unreachable")]),
        (
            drawn(("a", "wait_for", {"event": "order.paid", **WAIT}), edges=["start next a", "a timeout end"]),
            [("a", "exit_missing")],
        ),
        (
            drawn(("a", "check", {"rule": {"all": []}}), edges=["start next a", "a yes end", "a maybe end"]),
            [("a", "exit_unknown")],
        ),
        (drawn(("a", "tag", {"tag": "x"}), edges=["start next a", "a next start"]), [("a", "into_trigger")]),
        (drawn(("a", "tag", {"tag": "x"}), edges=["start next a", "a next nowhere"]), [("", "edge")]),
        (drawn(holdout=80), [("", "setting")]),
        (drawn(goal={"event": ""}), [("", "setting")]),
        (drawn(("a", "split", {"arms": [{"name": "a", "weight": 1}]})), [("a", "exit_unknown"), ("a", "setting")]),
        (drawn(("a", "send", {"channel": "email"})), [("a", "setting")]),
    ],
)
def test_what_is_wrong_is_named_with_its_step(said, found):
    assert codes(said) == found
    with pytest.raises(InvalidJourney):
        read(said)


def test_a_ring_needs_a_wait():
    ring = [
        ("a", "tag", {"tag": "x"}),
        ("b", "split", {"arms": [{"name": "on", "weight": 1}, {"name": "off", "weight": 1}]}),
    ]
    ways = ["start next a", "a next b", "b on a", "b off end"]

    (problem,) = problems_of(drawn(*ring, edges=ways))
    assert problem.code == "loop"
    assert "a → b → a" in problem.text

    paused = [*ring, ("c", "wait", WAIT)]
    assert problems_of(drawn(*paused, edges=["start next a", "a next b", "b on c", "b off end", "c next a"])) == []


def test_waiting_for_an_event_is_no_pause():
    """It may have come already: a ring through it alone could turn for ever."""
    waits = ("a", "wait_for", {"event": "order.paid", **WAIT})

    (problem,) = problems_of(drawn(waits, edges=["start next a", "a happened a", "a timeout end"]))
    assert problem.code == "loop"


def test_two_starts_are_one_too_many():
    said = drawn()
    said["steps"].append({"id": "again", "kind": "api", "settings": {}})
    said["edges"].append({"from": "again", "exit": "next", "to": "end"})

    assert ("", "triggers") in codes(said)
