"""Candidate pairs, found by the keys that customers share."""

from collections.abc import Collection, Sequence

import numpy as np
from django.db import connection
from django.db.models import Count
from numpy.typing import NDArray

from shuke.cdp.quality.engine import keys
from shuke.cdp.quality.models import CrowdedKey, MatchKey

# How many may share a key before a full search has worked out better.
USUAL_CAP = 25
_VALUES = 400


def pairs_of_everybody(people: int) -> tuple[keys.Pairs, list[int]]:
    """Return the candidate pairs among all customers as rows, and the customers of these rows.

    The database groups and counts; only keys that several and not too many share leave it.
    """
    blocks: dict[int, NDArray[np.int64]] = {}
    caps: dict[int, int] = {}
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    for kind in keys.KINDS:
        caps[kind.code] = _cap(kind.code, people)
        if caps[kind.code] > 1:
            found[kind.code] = _shared(kind.code, caps[kind.code])
    everybody = np.unique(np.concatenate([customers for _, customers in found.values()] or [np.zeros(0, np.int64)]))
    for code, (shared, customers) in found.items():
        rows = np.searchsorted(everybody, customers).astype(np.int32)
        blocks[code] = keys.pairs_of_block_rows(rows, shared, caps[code])
    return keys.joined(blocks, caps), everybody.tolist()


def _cap(kind: int, people: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT size, count(*) FROM (
                SELECT count(*) AS size FROM quality_matchkey WHERE kind = %s GROUP BY key HAVING count(*) > 1
            ) AS blocks GROUP BY size
            """,
            [kind],
        )
        rows = cursor.fetchall()
    sizes, counts = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int64)
    return keys.largest_block(sizes, counts, people)


def _shared(kind: int, cap: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT key, customer_id FROM quality_matchkey WHERE kind = %s AND key IN (
                SELECT key FROM quality_matchkey WHERE kind = %s GROUP BY key HAVING count(*) BETWEEN 2 AND %s
            )
            """,
            [kind, kind, cap],
        )
        table = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def crowded(caps: dict[int, int]) -> list[tuple[int, int]]:
    """Return the keys that more customers share than their kind's cap allows."""
    found: list[tuple[int, int]] = []
    for kind, cap in caps.items():  # as many as there are kinds
        shared = MatchKey.objects.filter(kind=kind).values("key").annotate(n=Count("pk")).filter(n__gt=cap)
        found += [(kind, key) for key in shared.values_list("key", flat=True)]
    return found


def candidates_of(customer_ids: Collection[int], caps: dict[int, int]) -> set[tuple[int, int]]:
    """Return the pairs (lower id first) of these customers with whoever shares a key with them that is not crowded."""
    mine: dict[tuple[int, int], list[int]] = {}
    for kind, key, customer in MatchKey.objects.filter(customer_id__in=customer_ids).values_list(
        "kind", "key", "customer_id"
    ):
        mine.setdefault((kind, key), []).append(customer)
    wanted = sorted({key for _, key in mine})
    known_crowded = {
        pair
        for part in _parts(wanted)
        for pair in CrowdedKey.objects.filter(key__in=part).values_list("kind", "key")
        if pair in mine
    }
    holders: dict[tuple[int, int], set[int]] = {}
    for part in _parts([key for key in wanted if any((kind.code, key) in mine for kind in keys.KINDS)]):
        rows = MatchKey.objects.filter(key__in=part).values_list("kind", "key", "customer_id")
        for kind, key, customer in rows:
            if (kind, key) in mine and (kind, key) not in known_crowded:
                holders.setdefault((kind, key), set()).add(customer)
    return {
        (min(one, other), max(one, other))
        for (kind, key), others in holders.items()
        if len(others) <= 2 * max(caps.get(kind, USUAL_CAP), USUAL_CAP)
        for one in mine[kind, key]
        for other in others
        if one != other
    }


def _parts(values: Sequence[int]) -> list[Sequence[int]]:
    return [values[start : start + _VALUES] for start in range(0, len(values), _VALUES)]
