"""Changing a drawing, one act at a time. Drawings are plain values and never changed in place; a draft need not be able to run."""

from collections.abc import Mapping
from typing import Any

from shuke.journeys.journeys.errors import UnknownStep
from shuke.journeys.journeys.rules import kinds

Draft = dict[str, Any]
# How far apart steps stand on the canvas.
ACROSS, DOWN = 220, 130


def step_of(draft: Mapping[str, Any], identifier: str) -> dict[str, Any]:
    """Return a step as it is drawn. Raises ``UnknownStep``."""
    for one in draft.get("steps") or ():
        if one.get("id") == identifier:
            return dict(one)
    raise UnknownStep(identifier)


def add(
    draft: Mapping[str, Any], kind: str, *, after: str, exit_: str, settings: Mapping[str, Any]
) -> tuple[Draft, str]:
    """Put a new step behind an exit; what stood there follows the first exit of the new one. Return the drawing and its id."""
    before = step_of(draft, after)
    identifier = _free_id(draft, kind.rpartition(".")[2])
    made = {
        "id": identifier, "kind": kind, "settings": dict(settings), "x": before.get("x", 0), "y": before.get("y", 0) + DOWN,
    }  # fmt: skip
    edges = [dict(one) for one in draft.get("edges") or ()]
    follower = next((one["to"] for one in edges if (one["from"], one.get("exit", kinds.NEXT)) == (after, exit_)), None)
    edges = [one for one in edges if (one["from"], one.get("exit", kinds.NEXT)) != (after, exit_)]
    edges.append({"from": after, "exit": exit_, "to": identifier})
    if follower is not None:
        edges += [{"from": identifier, "exit": one, "to": follower} for one in kinds.exits_of(kind, settings)]
    return {**draft, "steps": [*(draft.get("steps") or ()), made], "edges": edges}, identifier


def _free_id(draft: Mapping[str, Any], stem: str) -> str:
    taken = {one.get("id") for one in draft.get("steps") or ()}
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def change(draft: Mapping[str, Any], identifier: str, settings: Mapping[str, Any], leads: Mapping[str, str]) -> Draft:
    """Give a step other settings, and say where its exits lead ("" for nowhere yet).

    Exits that are new, and of which nothing is said, lead where the others led.
    """
    step = step_of(draft, identifier) | {"settings": dict(settings)}
    exits = kinds.exits_of(step["kind"], settings)
    known = {one.get("id") for one in draft.get("steps") or ()}
    edges = [dict(one) for one in draft.get("edges") or () if one["from"] != identifier]
    before = {one.get("exit", kinds.NEXT): one["to"] for one in draft.get("edges") or () if one["from"] == identifier}
    for exit_ in exits:
        there = leads[exit_] if exit_ in leads else before.get(exit_, next(iter(before.values()), ""))
        if there in known:
            edges.append({"from": identifier, "exit": exit_, "to": there})
    return {**draft, "steps": [step if one.get("id") == identifier else one for one in draft["steps"]], "edges": edges}


def turn_into(draft: Mapping[str, Any], identifier: str, kind: str) -> Draft:
    """Make a step another kind, with nothing said yet; the way on stays where the exit has the same name."""
    step = step_of(draft, identifier) | {"kind": kind, "settings": {}}
    exits = kinds.exits_of(kind, {})
    edges = [
        one for one in draft.get("edges") or () if one["from"] != identifier or one.get("exit", kinds.NEXT) in exits
    ]
    return {**draft, "steps": [step if one.get("id") == identifier else one for one in draft["steps"]], "edges": edges}


def remove(draft: Mapping[str, Any], identifier: str) -> Draft:
    """Take a step out; what led to it leads to where its first exit led."""
    step = step_of(draft, identifier)
    exits = kinds.exits_of(step["kind"], step.get("settings") or {})
    edges = [dict(one) for one in draft.get("edges") or ()]
    ahead = {one.get("exit", kinds.NEXT): one["to"] for one in edges if one["from"] == identifier}
    follower = next((ahead[one] for one in exits if one in ahead and ahead[one] != identifier), None)
    kept = []
    for one in edges:
        if one["from"] == identifier:
            continue
        if one["to"] != identifier:
            kept.append(one)
        elif follower is not None:
            kept.append(one | {"to": follower})
    steps = [one for one in draft["steps"] if one.get("id") != identifier]
    return {**draft, "steps": steps, "edges": kept}


def place(draft: Mapping[str, Any], places: Mapping[str, tuple[int, int]]) -> Draft:
    """Put steps elsewhere on the canvas."""
    steps = [
        one | {"x": places[one["id"]][0], "y": places[one["id"]][1]} if one.get("id") in places else one
        for one in draft.get("steps") or ()
    ]
    return {**draft, "steps": steps}


def _rows(start: str, steps: Mapping[str, Any], ahead: Mapping[str, list[str]]) -> dict[str, int]:
    """Return how far from the start each step stands, by the longest way there; ways back are not followed."""
    rows: dict[str, int] = {}

    def visit(here: str, depth: int, way: tuple[str, ...]) -> None:
        if rows.get(here, -1) >= depth or here in way:
            return
        rows[here] = depth
        for there in ahead.get(here, ()):
            if there in steps:
                visit(there, depth + 1, (*way, here))

    visit(start, 0, ())
    return rows


def laid_out(draft: Mapping[str, Any]) -> Draft:
    """Put every step in its place by its distance from the start: for drawings that were made without a canvas."""
    steps = {one["id"]: one for one in draft.get("steps") or () if "id" in one}
    ahead: dict[str, list[str]] = {}
    for edge in draft.get("edges") or ():
        ahead.setdefault(edge["from"], []).append(edge["to"])
    start = next((key for key, one in steps.items() if one.get("kind") in kinds.TRIGGERS), next(iter(steps), ""))
    rows = _rows(start, steps, ahead)
    last = max(rows.values(), default=0)
    by_row: dict[int, list[str]] = {}
    for key in steps:
        by_row.setdefault(rows.get(key, last + 1), []).append(key)
    places = {
        key: (round((number - (len(row) - 1) / 2) * ACROSS), depth * DOWN)
        for depth, row in by_row.items()
        for number, key in enumerate(row)
    }
    return place(draft, places)
