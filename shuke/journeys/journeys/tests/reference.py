"""One person at a time, written as naively as possible: what the set-based machine has to agree with.

A person's life is a list of (moment, name of event, properties), in order. At one moment, what happens comes before what is
due.
"""

from datetime import timedelta

from shuke.journeys.journeys.rules.chance import arm_for
from shuke.journeys.journeys.rules.kinds import UNITS, arms_of
from shuke.journeys.journeys.rules.matching import fits


def live(graph, life, *, journey, customer, members, channels, end):
    """Return the ways of one person: each (entered at, how it stands, [(step, exit), …], moment it ended)."""
    ways, busy_until = [], None
    trigger = graph.trigger.settings
    for number, (at, name, said) in enumerate(life):
        if at > end or name != trigger["event"] or not _meant(trigger, name, said, {}):
            continue
        if busy_until is not None and (busy_until == "for ever" or number < busy_until):
            continue
        if ways and not _may_again(graph, ways[-1][0], at):
            continue
        way, busy_until = _walk(graph, life, number, journey, customer, members, channels, end)
        ways.append(way)
    return ways


def _may_again(graph, last, at):
    if graph.settings.reentry == "never":
        return False
    return graph.settings.reentry == "always" or at - last >= timedelta(days=graph.settings.reentry_days)


def _meant(settings, name, said, context):
    from shuke.journeys.journeys.rules.graph import Signal

    return fits(Signal.of(settings), name, said, context)


def _walk(graph, life, begin, journey, customer, members, channels, end):
    """Walk from the event that set the journey off; return the way and from which event on the next may begin."""
    at, _name, context = life[begin]
    entered, here, passed, heard = at, graph.first, [], begin + 1
    while True:
        step = graph.steps[here]
        if step.kind == "end":
            return (entered, "done", passed, at), heard
        if step.kind in ("wait", "wait_for"):
            due = at + timedelta(seconds=step.settings["amount"] * UNITS[step.settings["unit"]])
            out = None
            while heard < len(life) and life[heard][0] <= min(due, end) and out is None:
                when, name, said = life[heard]
                heard += 1
                if graph.settings.goal and fits(graph.settings.goal, name, said, context):
                    return (entered, "goal", passed, when), heard
                if any(fits(one, name, said, context) for one in graph.settings.exits):
                    return (entered, "left", passed, when), heard
                if step.kind == "wait_for" and _meant(step.settings, name, said, context):
                    out, at = "happened", when
            if out is None:
                if due > end:
                    return (entered, "active", passed, None), "for ever"
                out, at = "timeout" if step.kind == "wait_for" else "next", due
        elif step.kind == "check":
            out = "yes" if customer in members[here] else "no"
        elif step.kind in ("split", "experiment"):
            out = arm_for(journey, here, customer, arms_of(step.settings))
        elif step.kind == "reach":
            theirs = channels.get(customer, ())
            out = next((one for one in step.settings["channels"] if one in theirs), "otherwise")
        else:
            out = "next"
        passed.append((here, out))
        here = graph.after(here, out)
