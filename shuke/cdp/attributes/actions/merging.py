"""What becomes of statements when two customers turn out to be one, and when they turn out not to be.

Statements follow the identity they arrived with. Those without one (by hand, from files) can meet: of one source's two
words the later stays, and both are kept so that a split gives each customer back their own. History stays with the
customer it was written for; the survivor's page shows both.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction

from shuke.cdp.attributes.actions.board import Board, Line
from shuke.cdp.attributes.models import Attribute, Statement
from shuke.cdp.events.actions import Provenance

Key: TypeAlias = tuple[int, str, int]
Lines: TypeAlias = dict[Key, Line]


@transaction.atomic
def merge(survivor_id: int, merged_id: int, *, now: datetime) -> dict[str, Any]:
    """Give the survivor what is said of the merged customer; return what undoing it takes."""
    theirs, own = _lines(merged_id), _lines(survivor_id)
    kept = {
        "merged": [_written(line) for line in theirs.values()],
        "survivor": [_written(own[key]) for key in theirs.keys() & own.keys()],
    }
    joined = own | {key: line for key, line in theirs.items() if key not in own or own[key].said_at < line.said_at}
    _put(merged_id, {}, before=theirs, now=now, source="merge")
    _put(survivor_id, joined, before=own, now=now, source="merge")
    return kept


@transaction.atomic
def split(
    survivor_id: int, merged_id: int, identity_ids: Iterable[int], kept: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    """Give each customer back their own; what was said of both since, without an identity, stays with the survivor."""
    before, at_large = _lines(survivor_id), _lines(merged_id)
    merged0, survivor0 = ({_key(one): one for one in map(_read, kept[name])} for name in ("merged", "survivor"))
    theirs, own, staying = dict(at_large), {}, []
    moving = set(identity_ids) - {0}
    for key, line in before.items():
        first, mine = merged0.get(key), survivor0.get(key)
        if key[2] in moving:
            theirs[key] = line
            if mine is not None:
                own[key] = mine
        elif first is None:
            own[key] = line
        else:
            theirs[key] = first
            settled = mine if mine is not None and mine.said_at >= first.said_at else first
            is_untouched = (line.said_at, line.said) == (settled.said_at, settled.said)
            if not is_untouched:
                own[key] = line
                staying.append(key[0])
            elif mine is not None:
                own[key] = mine
    _put(survivor_id, own, before=before, now=now, source="split")
    _put(merged_id, theirs, before=at_large, now=now, source="split")
    codes = Attribute.objects.filter(pk__in=set(staying)).order_by("code").values_list("code", flat=True)
    return {"attributes": list(codes)} if staying else {}


def _lines(customer_id: int) -> Lines:
    attributes = {one.pk: one for one in Attribute.objects.all()}
    board = Board.load(attributes.values(), [customer_id])
    return {_key(line): line for lines in board.lines.values() for line in lines}


def _put(customer_id: int, wanted: Lines, *, before: Lines, now: datetime, source: str) -> None:
    """Make ``wanted`` what is said of a customer."""
    involved = {key[0] for key in (wanted.keys() | before.keys())}
    board = Board({one.pk: one for one in Attribute.objects.filter(pk__in=involved)})
    for line in before.values():
        board.add(line)
    leaving = [line.pk for key, line in before.items() if line.pk and wanted.get(key) is not line]
    Statement.objects.filter(pk__in=leaving).delete()
    for place in board.lines:
        board.lines[place] = []
    for key, line in wanted.items():
        stays = before.get(key) is line
        here = line if stays else replace(line, customer_id=customer_id, pk=None, is_current=False, is_touched=True)
        board.lines.setdefault((customer_id, key[0]), []).append(here)
    by = Provenance(source=source, actor="system:merging", now=now, historical=True)
    board.settle(by=by, notes=bool(before) and bool(wanted))


def _key(line: Line) -> Key:
    return line.attribute_id, line.source, line.identity_id


def _written(line: Line) -> dict[str, Any]:
    return {
        "customer": line.customer_id, "attribute": line.attribute_id, "source": line.source, "identity": line.identity_id,
        "said": line.said, "said_at": line.said_at.isoformat(), "is_fit": line.is_fit,
    }  # fmt: skip


def _read(said: dict[str, Any]) -> Line:
    return Line(
        said["customer"], said["attribute"], said["source"], said["identity"], said["said"],
        datetime.fromisoformat(said["said_at"]), is_fit=said["is_fit"],
    )  # fmt: skip
