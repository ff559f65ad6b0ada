"""What messages say, for a batch: templates are read once, people are loaded in sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shuke.crm.templates import queries as templates
from shuke.crm.templates.errors import NotPublished, RenderingStopped
from shuke.kernel.messages import Content


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message to be written."""

    key: str
    version_id: int
    customer_id: int
    language: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Why a message cannot be written: a code, and which names are missing."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A message in the language it came to be written in."""

    content: Content
    language: str


def rendered(wanted: Sequence[Wanted], *, now: datetime) -> dict[str, Written | Unwritable]:
    """Return what each message says, by key, or why it cannot be said: one that fails never holds up the others."""
    found: dict[str, Written | Unwritable] = {}
    by_version: dict[int, list[Wanted]] = {}
    for one in wanted:
        by_version.setdefault(one.version_id, []).append(one)
    for version_id, some in by_version.items():
        try:
            needs = templates.needs(version_id)
        except NotPublished:
            found |= {one.key: Unwritable("template_unpublished") for one in some}
            continue
        people = templates.people([one.customer_id for one in some], needs, now=now)
        found |= {one.key: _one(one, people.get(one.customer_id)) for one in some}
    return found


def _one(wanted: Wanted, person: templates.Person | None) -> Written | Unwritable:
    if person is None:
        return Unwritable("no_customer")
    try:
        compiled = templates.compile(wanted.version_id, wanted.language or person.language)
        said = templates.render(compiled, person, wanted.context)
    except RenderingStopped as stopped:
        return Unwritable("rendering_stopped", str(stopped))
    except NotPublished:
        return Unwritable("template_unpublished")
    if isinstance(said, templates.Missing):
        return Unwritable("missing_data", ", ".join(said.names))
    return Written(said, compiled.language)
