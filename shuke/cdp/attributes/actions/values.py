"""Writing what sources say of customers."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.attributes.actions.board import Board
from shuke.cdp.attributes.errors import AttributeNotFound, Misfit, NotByHand
from shuke.cdp.attributes.models import Attribute, State
from shuke.cdp.attributes.rules.kinds import Kind, Limits, code_of, fits, flattened, guess, plain, read
from shuke.cdp.attributes.rules.priority import COMPUTED, STAFF
from shuke.cdp.customers import queries as customers
from shuke.cdp.events.actions import Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.db.bulk import update_rows
from shuke.platform.staff.actor import Actor

# Beyond this many names that nobody declared, something sends ids as names.
MOST_UNDECLARED = 500
MOST_RAW = 2_000
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of one customer: values by code or by the source's own name, None to take a word back.

    Amounts of money are whole minor units. ``identity_id`` is the identity it arrived with, which it follows when
    customers are split; ``said_at`` is the source's own time, if it has one.
    """

    customer_id: int
    values: Mapping[str, Any]
    said_at: datetime | None = None
    identity_id: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that was not taken: which of ``said``, under which name, and why."""

    index: int
    name: str
    why: Misfit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the codes whose value in force changed, by customer, and what was refused."""

    changed: dict[int, list[str]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def set_values(said: Sequence[Said], *, source: str, by: Provenance) -> Outcome:
    """Write what ``source`` says, in the caller's transaction if there is one; saying it again changes nothing.

    Names nobody declared are kept, sealed, as undeclared attributes of a guessed kind. One value that does not fit is
    refused and counted, its neighbours are taken. Customers that are not there are passed over. The number of queries
    does not depend on how much is said; at most ``MOST_AT_ONCE`` customers at a time. Publishes
    ``customer.attributes_changed`` with the codes whose value in force became another.
    """
    if len(said) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} customers at once")
    if not said:
        return Outcome()
    with transaction.atomic(savepoint=False):
        present = set(customers.existing_locked(sorted({one.customer_id for one in said})))
        heard, refused = _heard(said, present)
        known = _definitions(heard, by)
        guesses = {code: attribute.kind for code, attribute in known.items()}
        taken, misfits = _judged(heard, known, source)
        _note(misfits, [one for code, one in known.items() if one.kind != guesses[code]], known)
        board = Board.load({one.attribute.pk: one.attribute for one in taken}.values(), present)
        for one in taken:
            origin = said[one.index]
            board.say(
                origin.customer_id, one.attribute, source=source[:64], identity_id=origin.identity_id, said=one.said,
                at=origin.said_at or by.now,
            )  # fmt: skip
        return Outcome(board.settle(by=by), [*refused, *misfits])


@dataclass(frozen=True, slots=True)
class _Heard:
    index: int
    name: str
    code: str
    said: Any


@dataclass(frozen=True, slots=True)
class _Taken:
    index: int
    attribute: Attribute
    said: Any


def _heard(said: Sequence[Said], present: set[int]) -> tuple[list[_Heard], list[Refused]]:
    """Return everything said of customers who are there, under codes."""
    heard, refused = [], []
    for index, one in enumerate(said):
        if one.customer_id not in present:
            continue
        for name, value in flattened(one.values):
            if code := code_of(name):
                heard.append(_Heard(index, str(name), code, value))
            else:
                refused.append(Refused(index, str(name)[:64], Misfit("code")))
    return heard, refused


def _definitions(heard: Sequence[_Heard], by: Provenance) -> dict[str, Attribute]:
    """Return the definitions of all codes; those that nobody declared come into being, while there is room."""
    codes = {one.code for one in heard}
    known = {attribute.code: attribute for attribute in Attribute.objects.filter(code__in=codes)}
    firsts = {one.code: one.said for one in reversed(heard) if one.code not in known and one.said is not None}
    if not firsts:
        return known
    room = MOST_UNDECLARED - Attribute.objects.filter(state=State.UNDECLARED).count()
    fresh = [
        Attribute(
            code=code, kind=guess(first), state=State.UNDECLARED, created_at=by.now, changed_at=by.now, created_by=by.actor
        )
        for code, first in list(firsts.items())[: max(room, 0)]
    ]  # fmt: skip
    Attribute.objects.bulk_create(fresh, ignore_conflicts=True)
    made = Attribute.objects.filter(code__in=[attribute.code for attribute in fresh])
    return known | {attribute.code: attribute for attribute in made}


def _judged(heard: Sequence[_Heard], known: Mapping[str, Attribute], source: str) -> tuple[list[_Taken], list[Refused]]:
    taken: list[_Taken] = []
    misfits: list[Refused] = []
    for one in heard:
        try:
            if one.code not in known:
                if one.said is None:
                    continue
                raise Misfit("full")
            taken.append(_Taken(one.index, known[one.code], _read(known[one.code], one.said, source)))
        except Misfit as why:
            misfits.append(Refused(one.index, one.name[:64], why))
    return taken, misfits


def _read(attribute: Attribute, said: Any, source: str) -> Any:
    """Return a value as plain JSON, None for a word taken back; raise ``Misfit``."""
    if attribute.state == State.ARCHIVED:
        raise Misfit("archived")
    if attribute.is_computed and source != COMPUTED:
        raise Misfit("computed")
    if said is None or said in ("", [], ()):
        return None
    if attribute.state == State.UNDECLARED:
        return _as_it_came(attribute, said)
    return plain(read(attribute.value_kind, attribute.allowed, said))


def _as_it_came(attribute: Attribute, said: Any) -> Any:
    """Return a value of an undeclared attribute: whatever it is, as long as it can be kept.

    Where it is not what the first ones were, the guess becomes text.
    """
    if not fits(attribute.value_kind, said):
        attribute.kind = Kind.TEXT
    if fits(attribute.value_kind, said):
        return plain(read(attribute.value_kind, Limits(), said))
    try:
        raw = json.dumps(said, ensure_ascii=False, default=str).encode("utf-8", "ignore").decode()
    except (ValueError, RecursionError):  # numbers of thousands of digits, nesting without end
        raise Misfit("too_long", limit=MOST_RAW) from None
    if len(raw) > MOST_RAW:
        raise Misfit("too_long", limit=MOST_RAW)
    return raw if isinstance(said, dict) else json.loads(raw)


def _note(misfits: Sequence[Refused], widened: Sequence[Attribute], known: Mapping[str, Attribute]) -> None:
    """Count values that did not fit, for the page of each definition, and keep guesses that had to widen."""
    counted = Counter(known[code].pk for one in misfits if (code := code_of(one.name)) in known)
    by_id = {attribute.pk: attribute for attribute in known.values()}
    update_rows(Attribute, ("misfits",), [(by_id[pk].misfits + times, pk) for pk, times in counted.items()])
    update_rows(Attribute, ("kind",), [(one.kind, one.pk) for one in widened])


@transaction.atomic
def set_by_hand(customer_id: int, code: str, said: Any, *, by: Actor, now: datetime) -> bool:
    """Write what a member of staff says of one customer; return whether the value in force changed.

    Raises ``AttributeNotFound``, ``NotByHand`` and ``Misfit``. Audits, without the value.
    """
    attribute = Attribute.objects.filter(code=code, state=State.ACTIVE).first()
    if attribute is None:
        raise AttributeNotFound
    if attribute.is_computed:
        raise NotByHand
    origin = Provenance(source=STAFF, actor=by.reference, now=now)
    outcome = set_values([Said(customer_id, {code: said})], source=STAFF, by=origin)
    if outcome.refused:
        raise outcome.refused[0].why
    audit.record(
        by, "attributes.value_set", target=f"customers.Customer:{customer_id}", summary={"attribute": code}, now=now
    )
    return bool(outcome.changed)
