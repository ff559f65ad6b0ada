"""How a campaign goes on by itself: the audience once, then people in parts, in short transactions."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from shuke.cdp.customers import queries as customers
from shuke.crm.messaging import queries as messaging
from shuke.crm.messaging.actions import stopping
from shuke.crm.messaging.actions.requesting import Candidate, request
from shuke.insight.predictions import queries as predictions
from shuke.journeys.campaigns import queries, rules
from shuke.journeys.campaigns.models import HELD, REST, Campaign, Member, State, Timing
from shuke.journeys.campaigns.queries.reporting import arms_of, sent_of
from shuke.journeys.experiments.queries import arm_at, place_of, winner
from shuke.kernel import places
from shuke.platform.company import queries as company
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.notices.actions import notify
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.roles import ADMIN, MARKETER, OWNER

CAUSE = "campaign"
_AT_ONCE = 400
_ENROLLED_AT_ONCE = 5_000
_BY = Actor.system("campaigns")
_HOUR = timedelta(hours=1)
# So much earlier than anywhere else it is a time of day in the first of all zones, at most.
_FIRST_ZONE = timedelta(hours=14)
Progress = Callable[[int, int], None]


def go_on(campaign_id: int, *, now: datetime, progress: Progress = lambda _done, _total: None) -> str:
    """Do what a campaign has to do by now, as far as it may; return the state it is in.

    Repeating it, also after dying anywhere within, asks for nobody twice.
    """
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.state == State.SCHEDULED and _is_due(campaign, now=now):
        _begin(campaign, now=now)
    if campaign.state != State.RUNNING or campaign.audience is None:
        return campaign.state
    while campaign.state == State.RUNNING:
        if _stops_itself(campaign, now=now) or not _some(campaign, now=now):
            break
        counts = queries.counts(campaign)
        progress(counts["asked"], counts["people"] - counts["held"])
        campaign.refresh_from_db()
    if campaign.state == State.RUNNING:
        _next(campaign, now=now)
        campaign.refresh_from_db()
    return campaign.state


def _is_due(campaign: Campaign, *, now: datetime) -> bool:
    """Whether a campaign begins: where it follows people's clocks, when the moment comes in the first of all zones."""
    ahead = _FIRST_ZONE if campaign.timing == Timing.LOCAL else timedelta()
    return campaign.starts_at is None or campaign.starts_at - ahead <= now


def _is_spread(campaign: Campaign) -> bool:
    return campaign.timing in {Timing.LOCAL, Timing.BEST}


# -- the audience


def _begin(campaign: Campaign, *, now: datetime) -> None:
    """Work out the audience and divide it, once; dying in between begins again where it was."""
    found = queries.audience(campaign.include, campaign.exclude)
    known = set(Member.objects.filter(campaign=campaign).values_list("customer_id", flat=True))
    seed, shares = queries.seed_of(campaign), _shares(campaign)
    fresh = [pk for pk in found.ids if pk not in known]
    for start in range(0, len(fresh), _ENROLLED_AT_ONCE):
        rows = [
            (
                campaign.pk,
                pk,
                arm_at(place_of(seed, pk), shares) or shares[-1][0],
                place_of(f"{seed}:order", pk),
                None,
                "",
                0,
                0,
            )
            for pk in fresh[start : start + _ENROLLED_AT_ONCE]
        ]
        with transaction.atomic():
            insert_rows(
                Member,
                ("campaign_id", "customer_id", "arm", "place", "requested_at", "reason", "since_minor", "before_minor"), rows,
            )  # fmt: skip
    Campaign.objects.filter(pk=campaign.pk, state=State.SCHEDULED).update(
        state=State.RUNNING, began_at=now, stage_at=now, changed_at=now, audience=len(found.ids),
        excluded=sum(found.excluded.values()),
    )  # fmt: skip
    campaign.refresh_from_db()


def _shares(campaign: Campaign) -> list[tuple[str, float]]:
    """Return the arms and their parts: held out, the versions, and the rest that gets the better one."""
    tried = 1 - campaign.holdout
    each = tried * campaign.test_share / len(campaign.variants)
    shares = [(HELD, campaign.holdout)] if campaign.holdout else []
    shares += [(one["code"], each) for one in campaign.variants]
    return [*shares, (REST, tried * (1 - campaign.test_share))] if campaign.test_share < 1 else shares


# -- asking


def _some(campaign: Campaign, *, now: datetime) -> bool:
    """Ask for the next people, as many as may be; return whether there were any."""
    due = Member.objects.filter(campaign=campaign, requested_at=None, customer__isnull=False).exclude(arm=HELD)
    if not campaign.winner:
        due = due.exclude(arm=REST)
    if campaign.is_guarded:
        due = due.filter(place__lte=rules.STAGES[campaign.stage])
    asked = Member.objects.filter(campaign=campaign, requested_at__isnull=False)
    free = rules.room(
        per_hour=campaign.per_hour,
        asked_last_hour=asked.filter(requested_at__gt=now - _HOUR).count() if campaign.per_hour else 0,
        budget_minor=campaign.budget_minor, cost_per_thousand=campaign.cost_per_thousand_minor,
        allowed=asked.filter(reason="").count() if campaign.budget_minor is not None else 0, most=_AT_ONCE,
    )  # fmt: skip
    members = list(due.order_by("place", "pk")[:free]) if free else []
    if not members:
        return False
    answers = request(list(_candidates(campaign, members, now=now)), now=now)
    rows = [
        (now, "" if answer.is_allowed else answer.reasons[0][:64], member.pk)
        for member, answer in zip(members, answers, strict=True)
    ]
    with transaction.atomic():
        update_rows(Member, ("requested_at", "reason"), rows)
    return True


def _candidates(campaign: Campaign, members: Sequence[Member], *, now: datetime) -> Iterator[Candidate]:
    moments = _moments(campaign, [one.customer_id or 0 for one in members], now=now)
    template = {one["code"]: one["template"] for one in campaign.variants}
    for one in members:
        assert one.customer_id is not None
        code = campaign.winner if one.arm == REST else one.arm
        at = moments.get(one.customer_id)
        yield Candidate(
            customer_id=one.customer_id, channel=campaign.channel, template=template[code],
            key=rules.key_of(campaign.pk, one.customer_id), cause_kind="campaign", cause_id=campaign.pk,
            step="winner" if one.arm == REST else "", variant=code, not_before=at, expires_at=(at or now) + rules.EXPIRES,
        )  # fmt: skip


def _moments(campaign: Campaign, customer_ids: Sequence[int], *, now: datetime) -> dict[int, datetime]:
    """Return when each is written to, of those for whom that is not at once; in two queries at most."""
    if not _is_spread(campaign) or campaign.starts_at is None:
        return {}
    zone = company.company().time_zone
    since = max(now, campaign.starts_at - (_FIRST_ZONE if campaign.timing == Timing.LOCAL else timedelta()))
    here = campaign.starts_at.astimezone(ZoneInfo(zone))
    scores = predictions.scores_of(customer_ids) if campaign.timing == Timing.BEST else {}
    found = {}
    for pk, card in customers.cards_of(customer_ids).items():
        zones = places.zones_of(places.territory_of(card.country)) or (zone,)
        hour, minute = here.hour, here.minute
        if pk in scores and (best := scores[pk].best_hour) is not None:
            hour, minute = best, 0
        found[pk] = rules.hour_where(since, hour, minute, zones)
    return found


# -- watching


def _stops_itself(campaign: Campaign, *, now: datetime) -> bool:
    """Stop a guarded campaign when something happens more often than is usual; tell those who may resume it."""
    if not campaign.is_guarded:
        return False
    counted = messaging.states_of(CAUSE, campaign.pk)
    tried = sent_of(counted) + counted.states.get("failed", 0)
    found = {
        "bounced": counted.bounced, "complained": counted.complained, "unsubscribed": counted.unsubscribed,
        "failed": counted.states.get("failed", 0),
    }  # fmt: skip
    alarm = rules.alarm(tried, found)
    if alarm is None:
        return False
    said = {"kind": alarm.kind, "count": alarm.count, "sent": alarm.sent, "usual": alarm.usual}
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, state=State.RUNNING).update(
            state=State.STOPPED, stopped_by=said, ended_at=now, changed_at=now
        ):
            return True
        stopping.pause(CAUSE, campaign.pk, by=_BY, now=now)
        notify(
            "campaigns.stopped", "The campaign “%(name)s” stopped itself: %(count)s of %(sent)s messages went wrong.",
            facts={"name": campaign.name, "count": alarm.count, "sent": alarm.sent}, roles=[OWNER, ADMIN, MARKETER],
            link=f"/campaigns/{campaign.uuid}/", now=now,
        )  # fmt: skip
    campaign.refresh_from_db()
    return True


def _next(campaign: Campaign, *, now: datetime) -> None:
    """Take the next part, the better version, or come to the end, when everybody who may be asked for was."""
    left = Member.objects.filter(campaign=campaign, requested_at=None, customer__isnull=False).exclude(arm=HELD)
    tried_left = left.exclude(arm=REST) if not campaign.winner else left
    if campaign.is_guarded and campaign.stage < len(rules.STAGES) - 1:
        if tried_left.filter(place__lte=rules.STAGES[campaign.stage]).exists():
            return
        is_small = not Member.objects.filter(
            campaign=campaign, place__lte=rules.STAGES[campaign.stage], requested_at__isnull=False
        ).exists()
        waited = campaign.stage_at is not None and now - campaign.stage_at >= rules.WATCHED
        if is_small or (waited and not messaging.pending(CAUSE, campaign.pk)):
            _set(campaign, stage=campaign.stage + 1, stage_at=now, changed_at=now)
            go_on(campaign.pk, now=now)
        return
    if tried_left.exists():
        return
    if left.exists():
        _choose(campaign, now=now)
        return
    _set(campaign, state=State.DONE, ended_at=now, changed_at=now)


def _choose(campaign: Campaign, *, now: datetime) -> None:
    """Choose the better version when the trial has lasted long enough: beyond doubt, or else the one that looks better."""
    if campaign.tried_at is None:
        _set(campaign, tried_at=now)
        return
    arms = arms_of(campaign)
    sure = winner(arms)
    if not sure and now - campaign.tried_at < timedelta(hours=campaign.winner_hours):
        return
    best = sure or max(campaign.variants, key=lambda one: arms[one["code"]].mean)["code"]
    _set(campaign, winner=best, winner_is_sure=bool(sure), changed_at=now)
    go_on(campaign.pk, now=now)


def _set(campaign: Campaign, **values: object) -> None:
    """Change a campaign that is still running."""
    Campaign.objects.filter(pk=campaign.pk, state=State.RUNNING).update(**values)
    campaign.refresh_from_db()
