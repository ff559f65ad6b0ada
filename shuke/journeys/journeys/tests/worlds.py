"""Random journeys and random lives."""

from datetime import timedelta
from random import Random

from shuke.journeys.journeys.rules.kinds import exits_of

NAMES = ("cart", "bought", "looked", "wrote")


def graph(dice: Random, *, size=7):
    """A random journey that can run: every way leads forward, or back through a wait."""
    kinds = [_step(dice) for _ in range(size)]
    steps = [{"id": f"s{place}", "kind": kind, "settings": said} for place, (kind, said) in enumerate(kinds)]
    edges = [{"from": "start", "exit": "next", "to": "s0"}]
    for place, (kind, said) in enumerate(kinds):
        for exit_ in exits_of(kind, said):
            ahead = [f"s{one}" for one in range(place + 1, size)] + ["end"]
            back = [f"s{one}" for one in range(place + 1)] if kind == "wait" and dice.random() < 0.2 else []
            edges.append({"from": f"s{place}", "exit": exit_, "to": dice.choice(ahead[:3] + back)})
    reached = {"start"}
    for _ in range(size + 1):
        reached |= {one["to"] for one in edges if one["from"] in reached}
    settings = {
        "holdout": 0, "reentry": dice.choice(("always", "never", "days")), "reentry_days": dice.choice((1, 2)),
        "goal": dice.choice((None, {"event": "bought", "where": _where(dice)})),
        "exits": dice.choice(([], [{"event": "wrote"}])),
    }  # fmt: skip
    start = {"id": "start", "kind": "event", "settings": {"event": "cart", "where": _where(dice)}}
    return {
        "settings": settings,
        "steps": [start, *(one for one in steps if one["id"] in reached), {"id": "end", "kind": "end", "settings": {}}],
        "edges": [one for one in edges if one["from"] in reached],
    }


def _where(dice):
    return dice.choice(([], [{"property": "worth", "op": "ge", "value": 3}], [{"property": "cart", "op": "exists"}]))


def _step(dice):
    length = {"amount": dice.randint(1, 5), "unit": dice.choice(("minutes", "hours"))}
    arms = [{"name": name, "weight": dice.randint(1, 9)} for name in ("a", "b", "c")[: dice.randint(2, 3)]]
    same = [{"property": "cart", "op": "same"}]
    return dice.choice((
        ("wait", length),
        ("wait", length),
        ("wait_for", {"event": dice.choice(("looked", "bought")), "where": dice.choice(([], same)), **length}),
        ("wait_for", {"event": "looked", **length}),
        ("check", {"rule": {"all": []}}),
        ("split", {"arms": arms}),
        ("reach", {"channels": dice.sample(("email", "sms", "wechat_oa"), 2)}),
        ("tag", {"tag": dice.choice(("x", "y"))}),
        ("tag", {"tag": "z", "remove": True}),
        ("experiment", {"arms": arms}),
    ))  # fmt: skip


def life(dice: Random, start, *, events=10):
    """What happens to one person over half a week, at moments of their own."""
    moments = sorted(start + timedelta(seconds=dice.randrange(1, 12 * 3600)) for _ in range(events))
    return [
        (at, dice.choice(NAMES), {"worth": dice.randint(1, 6), "cart": dice.randint(1, 2)})
        for at in dict.fromkeys(moments)
    ]
