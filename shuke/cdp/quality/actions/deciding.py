"""Deciding about suggestions: one person, different people, and all of a kind at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries as customer_queries
from shuke.cdp.customers.models import CustomerMerge, MergeReason
from shuke.cdp.quality import errors
from shuke.cdp.quality.actions import reading, searching
from shuke.cdp.quality.engine import clustering
from shuke.cdp.quality.models import Suggestion, Verdict
from shuke.cdp.quality.queries import suggestions as queries
from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.db.pacing import Pace
from shuke.platform.staff.actor import Actor

# The evidence a group needs on average before two of its parts are joined without a person looking at each pair.
_JOIN_AT = 0.0

# Two customers: a survivor and who is merged into them, or the lower id and the higher.
Pair: TypeAlias = tuple[int, int]


@transaction.atomic
def accept(
    suggestion_id: int,
    *,
    survivor_id: int,
    by: Actor,
    now: datetime,
    seen_at: datetime | None = None,
    reason: str = MergeReason.DUPLICATE,
    chosen: dict[str, str] | None = None,
) -> CustomerMerge:
    """Merge the two customers of a suggestion, ``survivor_id`` being the one that stays.

    ``seen_at`` is when whoever decides looked: if either has changed since and they are no longer alike, or somebody
    decided already, nothing happens. Raises ``UnknownSuggestion``, ``SuggestionStale`` and what merging raises.
    """
    suggestion = queries.suggestion(suggestion_id)
    if suggestion.verdict != Verdict.OPEN:
        raise errors.SuggestionStale(_("Somebody has decided about these two already."))
    if survivor_id not in (suggestion.low_id, suggestion.high_id):
        raise errors.UnknownSuggestion(_("This suggestion is not about that customer."))
    _check_still_alike(suggestion, seen_at, now)
    merged_id = suggestion.high_id if survivor_id == suggestion.low_id else suggestion.low_id
    Suggestion.objects.filter(pk=suggestion.pk).update(
        verdict=Verdict.MERGED, decided_at=now, decided_by=by.reference, was_automatic=reason == MergeReason.AUTOMATIC
    )
    made = customers.merge(survivor_id, merged_id, reason=reason, by=by, now=now, chosen=chosen)
    Suggestion.objects.filter(pk=suggestion.pk).update(merge_uuid=made.uuid)
    return made


def _check_still_alike(suggestion: Suggestion, seen_at: datetime | None, now: datetime) -> None:
    changed = max(suggestion.low.changed_at, suggestion.high.changed_at)
    if changed <= min(suggestion.checked_at, seen_at or suggestion.checked_at):
        return
    pair = (suggestion.low_id, suggestion.high_id)
    scored = searching.score([pair], queries.model_in_use())
    searching.keep(scored, now=now)
    if scored[pair][0] < min(queries.WORTH_SHOWING, suggestion.probability):
        raise errors.SuggestionStale(_("One of the two has changed meanwhile, and they are no longer alike."))


@transaction.atomic
def tell_apart(suggestion_id: int, *, by: Actor, now: datetime) -> None:
    """Remember that the two are different people; they are never suggested again. Raises ``UnknownSuggestion``."""
    suggestion = queries.suggestion(suggestion_id)
    if suggestion.verdict == Verdict.MERGED:
        raise errors.SuggestionStale(_("Somebody has decided about these two already."))
    Suggestion.objects.filter(pk=suggestion.pk).update(verdict=Verdict.APART, decided_at=now, decided_by=by.reference)
    summary = {"low": suggestion.low_id, "high": suggestion.high_id}
    audit.record(by, "quality.told_apart", target=f"quality.Suggestion:{suggestion.pk}", summary=summary, now=now)


@transaction.atomic
def reconsider(suggestion_id: int, *, by: Actor, now: datetime) -> None:
    """Take back that two are different people: the pair is looked at again. Raises ``UnknownSuggestion``."""
    suggestion = queries.suggestion(suggestion_id)
    if suggestion.verdict != Verdict.APART:
        raise errors.SuggestionStale(_("Somebody has decided about these two already."))
    Suggestion.objects.filter(pk=suggestion.pk).update(verdict=Verdict.OPEN, decided_at=None, decided_by="")
    reading.note_changed([suggestion.low_id, suggestion.high_id], now=now)
    summary = {"low": suggestion.low_id, "high": suggestion.high_id}
    audit.record(by, "quality.reconsidered", target=f"quality.Suggestion:{suggestion.pk}", summary=summary, now=now)


# --- many at once


@dataclass(slots=True)
class Outcome:
    """What accepting many came to."""

    merged: int = 0
    refused: int = 0


def groups_above(probability: float) -> list[list[int]]:
    """Return the groups of customers that would become one each: pairs at least that likely, without conflicts.

    Pairs with a conflict and pairs told apart keep their two out of one group, and everybody in a group has to fit
    everybody else: a chain of resemblances is no person.
    """
    rows = list(
        Suggestion.objects.filter(verdict=Verdict.OPEN).values_list("low_id", "high_id", "probability", "has_conflict")
    )
    likely = {pk for low, high, p, conflict in rows if p >= probability and not conflict for pk in (low, high)}
    rows = [row for row in rows if row[0] in likely and row[1] in likely]
    rows += [(low, high, 0.0, True) for low, high in queries.apart_pairs(likely) if {low, high} <= likely]
    if not rows:
        return []
    a, b = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    chance = np.clip(np.array([row[2] for row in rows], np.float64), 1e-6, 1 - 1e-6)
    evidence = np.where(chance >= probability, np.log(chance / (1 - chance)), -6.0)
    forbidden = np.array([row[3] for row in rows], np.bool_)
    return clustering.clusters(a, b, evidence, forbidden, join_at=max(_JOIN_AT, 0.5), unknown=-2.0)


def accept_groups(groups: Sequence[Sequence[int]], *, reason: str, by: Actor, now: datetime) -> Outcome:
    """Merge each group into who was first seen, all in one transaction, as far as its pairs are still suggested.

    A pair that was decided meanwhile, or is no longer alike, is left out; so is one that cannot be merged. The number of
    queries does not depend on how many groups there are.
    """
    wanted = _pairs_of(groups)
    with transaction.atomic():
        known = _suggestions_of(wanted)
        alike = _still_alike([one for one in known.values() if one.verdict == Verdict.OPEN], now)
        fine = [pair for pair in wanted if _key(pair) not in known or known[_key(pair)].pk in alike]
        chosen = [known[_key(pair)].pk for pair in fine if _key(pair) in known]
        Suggestion.objects.filter(pk__in=chosen).update(
            verdict=Verdict.MERGED,
            decided_at=now,
            decided_by=by.reference,
            was_automatic=reason == MergeReason.AUTOMATIC,
        )
        made = customers.merge_together([customers.Wanted(*pair) for pair in fine], reason=reason, by=by, now=now)
        edges = {pair: edge for pair, edge in zip(fine, made, strict=True) if isinstance(edge, CustomerMerge)}
        _note_merges(edges, known, reason=reason, by=by, now=now)
        refused = [known[_key(pair)].pk for pair in fine if pair not in edges and _key(pair) in known]
        Suggestion.objects.filter(pk__in=refused).update(verdict=Verdict.OPEN, decided_at=None, decided_by="")
    return Outcome(merged=len(edges), refused=len(wanted) - len(edges))


def _pairs_of(groups: Sequence[Sequence[int]]) -> list[Pair]:
    """Return (survivor, merged) for every group: all go to who was first seen."""
    cards = customer_queries.cards_of([pk for members in groups for pk in members])
    found = []
    for members in groups:
        present = [cards[pk] for pk in members if pk in cards]
        order = sorted(present, key=lambda customer: (customer.first_seen_at, customer.pk))
        found += [(order[0].pk, other.pk) for other in order[1:]]
    return found


def _key(pair: Pair) -> Pair:
    return (min(pair), max(pair))


def _suggestions_of(pairs: Sequence[Pair]) -> dict[Pair, Suggestion]:
    keys = {_key(pair) for pair in pairs}
    rows = Suggestion.objects.filter(low_id__in={low for low, _ in keys}, high_id__in={high for _, high in keys})
    found = {(row.low_id, row.high_id): row for row in rows.select_related("low", "high")}
    return {pair: row for pair, row in found.items() if pair in keys}


def _still_alike(open_ones: Sequence[Suggestion], now: datetime) -> set[int]:
    """Return the suggestions that still hold; of those whose customers have changed since, what they are worth now."""
    changed = [one for one in open_ones if max(one.low.changed_at, one.high.changed_at) > one.checked_at]
    scored = searching.score([(one.low_id, one.high_id) for one in changed], queries.model_in_use()) if changed else {}
    searching.keep(scored, now=now)
    gone = {
        one.pk for one in changed if scored[one.low_id, one.high_id][0] < min(queries.WORTH_SHOWING, one.probability)
    }
    return {one.pk for one in open_ones} - gone


def _note_merges(
    edges: Mapping[Pair, CustomerMerge], known: Mapping[Pair, Suggestion], *, reason: str, by: Actor, now: datetime
) -> None:
    """Write beside each pair which merge followed; two who are alike only through a third get a row of their own."""
    at = {_key(pair): edge.uuid for pair, edge in edges.items()}
    update_rows(Suggestion, ("merge_uuid",), ((uuid, known[pair].pk) for pair, uuid in at.items() if pair in known))
    decided = (Verdict.MERGED.value, now, by.reference, reason == MergeReason.AUTOMATIC)
    insert_rows(
        Suggestion,
        ("low_id", "high_id", "merge_uuid", "verdict", "decided_at", "decided_by", "was_automatic", "probability", "levels",
         "conflicts", "has_conflict", "found_at", "checked_at"),
        ((*pair, uuid, *decided, 0.5, [], [], False, now, now) for pair, uuid in at.items() if pair not in known),
    )  # fmt: skip


def accept_above(
    probability: float, *, reason: str, by: Actor, clock: Callable[[], datetime]
) -> Iterator[tuple[int, int, Outcome]]:
    """Merge every group above a probability, as many at a time as a short transaction holds.

    Yields how many of how many groups are done, and what came of them so far.
    """
    groups, pace = groups_above(probability), Pace()
    total, at = Outcome(), 0
    for some in pace.batches(groups, weight=lambda members: len(members) - 1):
        with pace.measured(sum(len(members) - 1 for members in some)):
            done = accept_groups(some, reason=reason, by=by, now=clock())
        total.merged += done.merged
        total.refused += done.refused
        at += len(some)
        yield at, len(groups), total
    if groups:
        summary = {"from": probability, "merged": total.merged, "refused": total.refused, "reason": str(reason)}
        audit.record(by, "quality.accepted_many", summary=summary, now=clock())


def count_above(probability: float) -> tuple[int, int]:
    """Return how many merges, into how many people, accepting everything above a probability would make."""
    groups = groups_above(probability)
    return sum(len(group) - 1 for group in groups), len(groups)


@transaction.atomic
def configure(values: queries.QualitySettings, *, by: Actor, now: datetime) -> None:
    """Save what the company decided about merging and mending by itself."""
    company.save_settings("quality", values, now=now)
    audit.record(by, "quality.configured", summary=values.model_dump(), now=now)
