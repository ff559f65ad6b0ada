"""Finding duplicates: among everybody, and for those who changed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np
from django.db import transaction

from shuke.cdp.customers import queries as customers
from shuke.cdp.quality.actions.reading import read_some
from shuke.cdp.quality.engine import comparing, finding, model
from shuke.cdp.quality.engine.people import Person, roster
from shuke.cdp.quality.models import CrowdedKey, MatchModel, StaleCustomer, Suggestion, Verdict
from shuke.cdp.quality.queries import blocking, people
from shuke.cdp.quality.queries import suggestions as queries
from shuke.cdp.quality.queries.people import Read
from shuke.cdp.quality.rules.conflicts import conflicts
from shuke.platform.db.bulk import insert_rows, update_rows

READ_AT_ONCE = 400
_WRITE_AT_ONCE = 1_000
# With fewer pairs there is too little to learn from.
LEARN_FROM = 200

Progress = Callable[[int, int], None]
_NAMES = tuple(comparing.BY_NAME)


def read_everybody(*, after: int, now: datetime) -> int:
    """Read the next customers after an id; return the last one read, 0 at the end."""
    ids = people.live_ids(after, READ_AT_ONCE)
    read_some(ids, now=now)
    return ids[-1] if ids else 0


def search_everybody(*, now: datetime, progress: Progress | None = None) -> MatchModel:
    """Compare everybody with whom they share a key, learn a model and replace the open suggestions by what it finds."""
    size = people.count()
    pairs, ids = blocking.pairs_of_everybody(size)
    table = roster(people.people(ids), len(ids))
    known = queries.model_in_use() if len(pairs) < LEARN_FROM else None
    if known is not None:
        known.caps = pairs.caps
    found = finding.find_among(table, pairs, known=known, progress=progress)
    worth = np.flatnonzero(found.probability >= queries.WORTH_SHOWING)
    scored = {
        (ids[int(found.a[at])], ids[int(found.b[at])]): (float(found.probability[at]), found.levels[at].tolist())
        for at in worth
    }
    crowded = blocking.crowded(found.model.caps)
    with transaction.atomic():
        made = MatchModel.objects.create(
            learned_at=now, customers=size, pairs=len(pairs), suggested=len(scored), rates=found.model.plain()
        )
        CrowdedKey.objects.all().delete()
        insert_rows(CrowdedKey, ("kind", "key"), crowded)
    keep(scored, now=now)
    _drop_open_before(now)
    return made


def _drop_open_before(now: datetime) -> None:
    """Open suggestions that a full search did not find again are no longer worth showing."""
    while ids := list(
        Suggestion.objects.filter(verdict=Verdict.OPEN, checked_at__lt=now).values_list("pk", flat=True)[
            :_WRITE_AT_ONCE
        ]
    ):
        Suggestion.objects.filter(pk__in=ids).delete()


def search_changed(customer_ids: Sequence[int], *, now: datetime) -> int:
    """Read these customers again and compare them with whom they share a key; return how many suggestions they are in."""
    mine = read_some(customer_ids, now=now)
    chosen = queries.model_in_use()
    pairs = sorted(blocking.candidates_of(list(mine), chosen.caps))
    scored = score(pairs, chosen, mine)
    found = {pair: value for pair, value in scored.items() if value[0] >= queries.WORTH_SHOWING}
    stale = [row.pk for pair, row in queries.open_pairs(customer_ids).items() if pair not in found]
    Suggestion.objects.filter(pk__in=stale).delete()
    keep(found, now=now)
    return len(found)


Scored = dict[tuple[int, int], tuple[float, list[int]]]


def score(pairs: Sequence[tuple[int, int]], chosen: model.Model, opened: dict[int, Read] | None = None) -> Scored:
    """Return probability and levels of pairs of customers by a model."""
    if not pairs:
        return {}
    ids = sorted({pk for pair in pairs for pk in pair})
    have = {pk: one.person for pk, one in (opened or {}).items()}
    have |= {person.id: person for person in people.people([pk for pk in ids if pk not in have])}
    table = roster((have.get(pk, Person(pk)) for pk in ids), len(ids))
    table.known_shares = chosen.frequencies
    row = {pk: at for at, pk in enumerate(ids)}
    a = np.array([row[one] for one, _ in pairs], np.int32)
    b = np.array([row[other] for _, other in pairs], np.int32)
    levels = comparing.compare(table, a, b)
    evidence = model.evidence_of(chosen, table, a, b, model.pack(levels))
    chances = model.probability(evidence)
    return {pair: (float(chances[at]), levels[at].tolist()) for at, pair in enumerate(pairs)}


def keep(scored: Scored, *, now: datetime) -> None:
    """Write suggestions: new ones, and what is now thought of open ones. Decided ones stay as they were decided."""
    pairs = sorted((min(pair), max(pair)) for pair in scored)
    scored = {(min(pair), max(pair)): value for pair, value in scored.items()}
    for start in range(0, len(pairs), _WRITE_AT_ONCE):
        _keep_some(pairs[start : start + _WRITE_AT_ONCE], scored, now)


def _keep_some(pairs: list[tuple[int, int]], scored: Scored, now: datetime) -> None:
    ids = sorted({pk for pair in pairs for pk in pair})
    shops = {pk: {one.namespace for one in held} for pk, held in customers.external_ids_of(ids).items()}
    with transaction.atomic():
        live = set(customers.existing_locked(ids))
        rows = Suggestion.objects.filter(low_id__in=ids, high_id__in=ids)
        held = {
            (low, high): (pk, verdict)
            for pk, low, high, verdict in rows.values_list("pk", "low_id", "high_id", "verdict")
        }
        fresh, again = [], []
        for pair in pairs:
            if not live.issuperset(pair):
                continue
            chance, levels = scored[pair]
            told = dict(zip(_NAMES, levels, strict=True))
            against = conflicts(told, share_a_shop=bool(shops.get(pair[0], set()) & shops.get(pair[1], set())))
            values = (chance, levels, against, bool(against), now)
            if pair not in held:
                fresh.append((*pair, *values, now, Verdict.OPEN.value, "", False))
            elif held[pair][1] == Verdict.OPEN:
                again.append((*values, held[pair][0]))
        columns = ("probability", "levels", "conflicts", "has_conflict", "checked_at")
        insert_rows(
            Suggestion,
            ("low_id", "high_id", *columns, "found_at", "verdict", "decided_by", "was_automatic"),
            fresh,
        )
        update_rows(Suggestion, columns, again)


def stale_ids(limit: int = READ_AT_ONCE) -> list[int]:
    """Return customers who changed since they were read, in the order in which that was noticed."""
    return list(StaleCustomer.objects.order_by("pk").values_list("customer_id", flat=True)[:limit])


def forget_stale(customer_ids: Iterable[int], *, until: datetime) -> None:
    """Note that these have been looked at, as they were at a moment."""
    StaleCustomer.objects.filter(customer_id__in=list(customer_ids), noted_at__lte=until).delete()
