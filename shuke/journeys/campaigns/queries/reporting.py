"""What came of a campaign: versions beside each other, and what it earned beside those held out."""

from collections.abc import Mapping
from dataclasses import dataclass

from shuke.crm.messaging import queries as messaging
from shuke.crm.messaging.queries import Counted
from shuke.crm.templates import queries as templates
from shuke.journeys.campaigns import queries
from shuke.journeys.campaigns.models import HELD, REST, Campaign, Measure, Member
from shuke.journeys.experiments.queries import Arm, Difference, Increment, at_any_look, increment, split_chance

SENT = ("accepted", "unknown")


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One version: whom it reached, what they did, and how it compares with the first."""

    code: str
    template: str
    people: int
    sent: int
    counted: Counted
    # Against the first version, in the measure that decides; None for the first and with too few.
    against: Difference | None

    @property
    def open_rate(self) -> float | None:
        """The share of those sent to who opened."""
        return self.counted.opened / self.sent if self.sent else None

    @property
    def click_rate(self) -> float | None:
        """The share of those sent to who clicked."""
        return self.counted.clicked / self.sent if self.sent else None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page of results shows."""

    people: int
    held: int
    sent: int
    counted: Counted
    refused: Mapping[str, int]
    versions: list[VersionReport]
    # How likely arms as uneven as these are by chance; None with too few.
    split: float | None
    earned: Increment | None
    # What those written to bought, net of refunds, whether or not they would have anyway.
    revenue_minor: int
    cost_minor: int
    is_over: bool

    @property
    def earned_minor(self) -> tuple[int, int, int] | None:
        """What was earned in whole minor units: the best guess, and between what."""
        found = self.earned.total if self.earned else None
        return (round(found.difference), round(found.low), round(found.high)) if found else None

    @property
    def each_minor(self) -> tuple[int, int] | None:
        """What each person bought in whole minor units: of those who were to get it, and of those held out."""
        return (round(self.earned.treated_mean), round(self.earned.held_mean)) if self.earned else None


def sent_of(counted: Counted) -> int:
    """Return how many messages left."""
    return sum(counted.states.get(state, 0) for state in SENT)


def report(campaign: Campaign) -> Report:
    """Return what came of a campaign so far."""
    counts = queries.counts(campaign)
    whole = messaging.states_of("campaign", campaign.pk)
    names = {
        public_id: one.name for public_id, one in templates.found([v["template"] for v in campaign.variants]).items()
    }
    versions = _versions(campaign, counts["arms"], names)
    treated, held = _money(campaign)
    sent = sent_of(whole)
    return Report(
        people=counts["people"], held=counts["held"], sent=sent, counted=whole, refused=whole.refused, versions=versions,
        split=_split(campaign, counts["arms"]),
        earned=increment(treated, held, is_over=campaign.is_settled) if held else None,
        revenue_minor=round(sum(since for since, _before in treated)),
        cost_minor=sent * campaign.cost_per_thousand_minor // 1_000, is_over=campaign.is_settled,
    )  # fmt: skip


def arms_of(campaign: Campaign) -> dict[str, Arm]:
    """Return the versions as arms of an experiment, by the measure that decides."""
    found = {}
    for one in campaign.variants:
        counted = messaging.states_of("campaign", campaign.pk, variant=one["code"])
        found[one["code"]] = Arm.of_rate(sent_of(counted), _hits(campaign, counted))
    return found


def _hits(campaign: Campaign, counted: Counted) -> int:
    return counted.opened if campaign.measure == Measure.OPEN else counted.clicked


def _versions(
    campaign: Campaign, arms: Mapping[str, Mapping[str, int]], names: Mapping[str, str]
) -> list[VersionReport]:
    found: list[VersionReport] = []
    first: Arm | None = None
    others = max(1, len(campaign.variants) - 1)
    for one in campaign.variants:
        counted = messaging.states_of("campaign", campaign.pk, variant=one["code"])
        arm = Arm.of_rate(sent_of(counted), _hits(campaign, counted))
        against = at_any_look(first, arm, alpha=0.05 / others) if first else None
        first = first or arm
        found.append(VersionReport(
            one["code"], names.get(one["template"], one["template"]), arms.get(one["code"], {}).get("people", 0), arm.people,
            counted, against,
        ))  # fmt: skip
    return found


def _split(campaign: Campaign, arms: Mapping[str, Mapping[str, int]]) -> float | None:
    tried = 1 - campaign.holdout
    shares = {one["code"]: tried * campaign.test_share / len(campaign.variants) for one in campaign.variants}
    if campaign.holdout:
        shares[HELD] = campaign.holdout
    if campaign.test_share < 1:
        shares[REST] = tried * (1 - campaign.test_share)
    return split_chance({name: arms.get(name, {}).get("people", 0) for name in shares}, shares)


def _money(campaign: Campaign) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return (since, before) of those who were to get it, and of those held out."""
    treated: list[tuple[float, float]] = []
    held: list[tuple[float, float]] = []
    rows = Member.objects.filter(campaign=campaign).values_list("arm", "since_minor", "before_minor")
    for arm, since, before in rows.iterator(chunk_size=10_000):
        (held if arm == HELD else treated).append((float(since), float(before)))
    return treated, held
