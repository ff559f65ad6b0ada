"""What the gate has to know of a template."""

from collections.abc import Iterable
from dataclasses import dataclass

from shuke.crm.templates import queries as templates


@dataclass(frozen=True, slots=True)
class What:
    """A template as the gate sees it; ``problem`` says why it may not be used, "" if it may."""

    public_id: str
    version_id: int | None
    channel: str
    purpose: str
    topic: str
    problem: str = ""
    name: str = ""


def what_of(public_ids: Iterable[str]) -> dict[str, What]:
    """Return templates by public id, in one query; whoever is missing does not exist."""
    wanted = list(public_ids)
    found = templates.found(wanted)
    seen = {}
    for public_id in wanted:
        uuid = templates.as_uuid(public_id)
        row = found.get(str(uuid)) if uuid is not None else None
        if row is not None:
            problem = "template_archived" if row.is_archived else "" if row.published_id else "template_unpublished"
            seen[public_id] = What(public_id, row.published_id, row.channel, row.purpose, row.topic, problem, row.name)
    return seen


def names_of(public_ids: Iterable[str]) -> dict[str, str]:
    """Return what templates are called, in one query."""
    return {one.public_id: one.name for one in what_of(set(public_ids)).values()}
