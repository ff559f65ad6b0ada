"""Questions about campaigns: the list, the audience, who was what, progress."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries.merging import survivors_of
from shuke.cdp.warehouse.errors import WarehouseError
from shuke.crm.messaging import queries as messaging
from shuke.insight.segments import queries as segments
from shuke.insight.segments.errors import NothingToAnalyse
from shuke.insight.segments.models import Segment
from shuke.journeys.campaigns.errors import UnknownCampaign
from shuke.journeys.campaigns.models import HELD, Campaign, Member, State
from shuke.journeys.experiments.queries import place_of
from shuke.platform.manifest import Use

VIEW, EDIT, APPROVE = "campaigns.view", "campaigns.edit", "campaigns.approve"
# How many the gate is asked about before sending; of a larger audience a part by chance is asked about.
MOST_ASKED = 2_000


def campaigns(*, state: str = "", text: str = "") -> QuerySet[Campaign]:
    """Return campaigns, narrowed by what is said."""
    rows = Campaign.objects.all()
    if state:
        rows = rows.filter(state=state)
    return rows.filter(name__icontains=text) if text else rows


def find(uuid: UUID) -> Campaign:
    """Return a campaign. Raises ``UnknownCampaign``."""
    row = Campaign.objects.filter(uuid=uuid).first()
    if row is None:
        raise UnknownCampaign(_("There is no such campaign."))
    return row


def under_way() -> list[int]:
    """Return the campaigns that have something to do."""
    return list(Campaign.objects.filter(state__in=[State.SCHEDULED, State.RUNNING]).values_list("pk", flat=True))


def between(first: datetime, last: datetime) -> list[Campaign]:
    """Return the campaigns that begin or began within two moments."""
    rows = Campaign.objects.filter(
        Q(began_at__gte=first, began_at__lt=last) | Q(began_at=None, starts_at__gte=first, starts_at__lt=last)
    )
    return sorted(rows, key=lambda one: one.began_at or one.starts_at or last)


# -- the audience


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is in, rising; how many the exclusions took out, by segment."""

    ids: Sequence[int]
    excluded: Mapping[str, int]


def audience(include: Sequence[str], exclude: Sequence[str]) -> Audience:
    """Return who is in any of some segments and lists and in none of others, each customer once.

    Segments are worked out as of where the data ends; where the warehouse does not answer, as they were last.
    """
    chosen = {str(one.uuid): one for one in segments.existing([*include, *exclude])}
    inside: set[int] = set()
    for uuid in include:
        if uuid in chosen:
            inside.update(_members(chosen[uuid]))
    merged = survivors_of(inside) if inside else {}
    inside = {merged.get(pk, pk) for pk in inside}
    excluded: dict[str, int] = {}
    for uuid in exclude:
        if uuid in chosen:
            out = inside.intersection(_members(chosen[uuid]))
            excluded[chosen[uuid].name] = len(out)
            inside -= out
    return Audience(array("q", sorted(inside)), excluded)


def _members(segment: Segment) -> Iterable[int]:
    if segment.is_list:
        return segments.listed_ids(segment)
    try:
        return segments.present_ids(segment, as_of=segments.today())
    except (WarehouseError, NothingToAnalyse):
        return segments.members(segment).values_list("customer_id", flat=True)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What would become of an audience if it were written to now."""

    audience: int
    excluded: Mapping[str, int]
    held: int
    # By the first reason of the gate, "" for those who would get it; of ``asked`` people, scaled to all.
    reasons: Mapping[str, int]
    asked: int

    @property
    def reached(self) -> int:
        """How many would get it, now or when their quiet hours are over."""
        return sum(count for reason, count in self.reasons.items() if not reason or reason.startswith("waits:"))


def estimate(campaign: Campaign, *, now: datetime) -> Estimate:
    """Return what would become of a campaign's audience. Nothing is written."""
    found = audience(campaign.include, campaign.exclude)
    seed = seed_of(campaign)
    held = sum(place_of(seed, pk) < campaign.holdout for pk in found.ids)
    few = found.ids
    if len(found.ids) > MOST_ASKED:
        few = sorted(found.ids, key=lambda pk: place_of(f"{seed}:estimate", pk))[:MOST_ASKED]
    said = [one["template"] for one in campaign.variants]
    counts = messaging.count_by_reason(list(few), campaign.channel, said[0], now) if said and few else {}
    scale = (len(found.ids) - held) / len(few) if few else 0.0
    reasons = {reason: round(count * scale) for reason, count in counts.items()}
    return Estimate(len(found.ids), found.excluded, held, dict(sorted(reasons.items())), len(few))


def seed_of(campaign: Campaign) -> str:
    """Return by what chance divides the people of a campaign."""
    return f"campaign:{campaign.uuid}"


# -- members


def member_of(campaign: Campaign, customer_ids: Sequence[int]) -> Member | None:
    """Return the membership of somebody, under any of the numbers they have had."""
    return Member.objects.filter(campaign=campaign, customer_id__in=customer_ids).order_by("pk").first()


def counts(campaign: Campaign) -> dict[str, Any]:
    """Return how many members there are, by arm; how many were asked for, and how many are left to ask for."""
    rows = Member.objects.filter(campaign=campaign).values("arm").annotate(
        people=Count("pk"), asked=Count("pk", filter=Q(requested_at__isnull=False)),
    ).order_by("arm")  # fmt: skip
    arms: dict[str, dict[str, Any]] = {row["arm"]: dict(row) for row in rows}
    people = sum(row["people"] for row in arms.values())
    held = arms.get(HELD, {}).get("people", 0)
    asked = sum(row["asked"] for row in arms.values())
    return {"arms": arms, "people": people, "held": held, "asked": asked, "left": people - held - asked}


def uses() -> list[Use]:
    """Return the segments that campaigns to come or under way are written to."""
    from django.urls import reverse

    found = []
    for one in Campaign.objects.exclude(state__in=[State.DONE, State.CANCELLED, State.STOPPED]).order_by("name"):
        label, url = _("Campaign “%(name)s”") % {"name": one.name}, reverse("campaigns:detail", args=[one.uuid])
        found += [Use(f"segment:{uuid}", label, url) for uuid in [*one.include, *one.exclude]]
    return found
