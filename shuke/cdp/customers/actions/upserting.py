"""Taking whole customers from a source that owns them, such as a shop's own system."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shuke.cdp.customers import queries, rules
from shuke.cdp.customers.actions import tags
from shuke.cdp.customers.actions.resolution import resolve
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.platform.staff.actor import Actor

Status = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Said:
    """A person with the tags the source puts on them."""

    person: PersonRecord
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of one: ``uuid`` is "" for a refused one, whose keys name nobody."""

    status: Status
    uuid: str = ""


def upsert(said: Sequence[Said], *, namespace: str, by: Provenance, actor: Actor) -> list[Upserted]:
    """Write customers and put tags on them; return what became of each, in order.

    Runs in the caller's transaction and does what ``resolve`` does. Tags are added, never taken off: a source knows
    only its own. A person without a usable key is refused.
    """
    found = resolve([each.person for each in said], namespace=namespace, by=by)
    ids = [resolved.customer_id if resolved else 0 for resolved in found]
    tagged = _tag(said, ids, by=by, actor=actor)
    rows = Customer.objects.in_bulk([pk for pk in ids if pk])
    created = {resolved.customer_id for resolved in found if resolved and resolved.is_new}
    answers = []
    for pk in ids:
        if not pk:
            answers.append(Upserted("refused"))
            continue
        # The second record of one new person in a batch finds them made already.
        is_changed = pk in tagged or rows[pk].changed_at == by.now
        status: Status = "created" if pk in created else "updated" if is_changed else "unchanged"
        answers.append(Upserted(status, str(rows[pk].uuid)))
    return answers


def _tag(said: Sequence[Said], ids: list[int], *, by: Provenance, actor: Actor) -> set[int]:
    """Put each named tag on everyone it is said of, one tag at a time; return whom that changed."""
    having = {pk: {tag.name for tag in found} for pk, found in queries.tags_of(ids).items()}
    wanted: dict[str, list[int]] = {}
    for each, pk in zip(said, ids, strict=True):
        for name in dict.fromkeys(rules.words(tag, limit=64) for tag in each.tags):
            if pk and name not in having.get(pk, ()):
                wanted.setdefault(name, []).append(pk)
    for name, customer_ids in wanted.items():  # a source has a handful of tags, whatever the size of the batch
        label = tags.tag_named(name, now=by.now)
        if not label.is_automatic:  # those follow their rule, whatever a source says
            tags.put(label, customer_ids, by=actor, now=by.now)
    return {pk for customer_ids in wanted.values() for pk in customer_ids}
