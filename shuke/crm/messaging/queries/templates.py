"""What the gate has to know of a template."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class What:
    """A template as the gate sees it; ``problem`` says why it may not be used, "" if it may."""

    public_id: str
    version_id: int | None
    channel: str
    purpose: str
    topic: str
    problem: str = ""


def what_of(public_ids: Iterable[str]) -> dict[str, What]:
    """Return templates by public id; whoever is missing does not exist."""
    del public_ids
    return {}
