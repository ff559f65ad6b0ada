"""Planning a campaign: writing it down, asking for approval, giving it, and what is done with it under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.messaging.actions import stopping
from shuke.crm.templates import queries as templates
from shuke.insight.segments import queries as segments
from shuke.journeys.campaigns.errors import BadCampaign, NeedsSecondPerson, WrongState
from shuke.journeys.campaigns.models import Campaign, Measure, State, Timing
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.jobs.actions import enqueue
from shuke.platform.staff.actor import Actor

CAUSE = "campaign"
MOST_VARIANTS = 5
_CODES = "abcde"
_NO_NAME = _("A campaign needs a name.")
_NO_AUDIENCE = _("Choose at least one segment or list.")
_GONE = _("A segment or list that was chosen is no longer in use.")
_NO_TEMPLATE = _("Choose at least one published template.")
_MIXED = _("All versions have to go through one channel, for one purpose.")
_TWICE = _("The same template is chosen twice.")
_NO_MOMENT = _("Say when it begins.")
_NOT_NOW = _("This cannot be done with a campaign that is “%(state)s”.")
_SAME_PERSON = _("Somebody else than who asked has to agree.")
_SHARES = _("The comparison group may be up to half of the people, the trial from a tenth to all of them.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody says a campaign should be."""

    name: str
    include: Sequence[str]
    templates: Sequence[str]
    exclude: Sequence[str] = ()
    measure: str = Measure.CLICK
    test_share: float = 1.0
    winner_hours: int = 4
    holdout: float = 0.05
    timing: str = Timing.NOW
    starts_at: datetime | None = None
    per_hour: int | None = None
    is_guarded: bool = True
    budget_minor: int | None = None
    cost_per_thousand_minor: int = 0
    window_days: int = 14


def plan(said: Plan, *, by: Actor, now: datetime) -> Campaign:
    """Write a campaign down as a draft. Raises ``BadCampaign``."""
    values = _checked(said)
    with transaction.atomic():
        made = Campaign.objects.create(
            uuid=uuid7(), created_by=by.reference, created_by_label=by.label, created_at=now, changed_at=now, **values
        )
        record(by, "campaign.planned", target=f"campaigns.Campaign:{made.pk}", now=now)
    return made


def replan(campaign: Campaign, said: Plan, *, by: Actor, now: datetime) -> None:
    """Change a draft; one that waited for approval has to be asked for again. Raises ``BadCampaign`` and ``WrongState``."""
    values = _checked(said)
    with transaction.atomic():
        locked = _locked(campaign, State.DRAFT, State.WAITING)
        for name, value in values.items():
            setattr(locked, name, value)
        locked.state, locked.submitted_by, locked.changed_at = State.DRAFT, "", now
        locked.save()
        record(by, "campaign.replanned", target=f"campaigns.Campaign:{campaign.pk}", now=now)


def _checked(said: Plan) -> dict[str, Any]:
    if not said.name.strip():
        raise BadCampaign(_NO_NAME)
    if not said.include:
        raise BadCampaign(_NO_AUDIENCE)
    chosen = list(dict.fromkeys([*said.include, *said.exclude]))
    if len(segments.existing(chosen)) != len(chosen):
        raise BadCampaign(_GONE)
    if not 0 <= said.holdout <= 0.5 or not 0.1 <= said.test_share <= 1:
        raise BadCampaign(_SHARES)
    if said.timing != Timing.NOW and said.starts_at is None:
        raise BadCampaign(_NO_MOMENT)
    channel, variants = _variants(said.templates)
    return {
        "name": said.name.strip()[:120], "include": list(said.include), "exclude": list(said.exclude), "channel": channel,
        "variants": variants, "measure": said.measure, "winner_hours": said.winner_hours,
        "test_share": said.test_share if len(variants) > 1 else 1.0, "holdout": said.holdout, "timing": said.timing,
        "starts_at": None if said.timing == Timing.NOW else said.starts_at, "per_hour": said.per_hour,
        "is_guarded": said.is_guarded, "budget_minor": said.budget_minor,
        "cost_per_thousand_minor": said.cost_per_thousand_minor, "window_days": said.window_days,
    }  # fmt: skip


def _variants(public_ids: Sequence[str]) -> tuple[str, list[dict[str, str]]]:
    """Return the channel and the versions of some templates. Raises ``BadCampaign``."""
    wanted = [one for one in public_ids if one][:MOST_VARIANTS]
    if len(set(wanted)) != len(wanted):
        raise BadCampaign(_TWICE)
    known = templates.found(wanted)
    if not wanted or any(one not in known or known[one].published_id is None for one in wanted):
        raise BadCampaign(_NO_TEMPLATE)
    if len({(known[one].channel, known[one].purpose) for one in wanted}) != 1:
        raise BadCampaign(_MIXED)
    return known[wanted[0]].channel, [
        {"code": code, "template": one} for code, one in zip(_CODES, wanted, strict=False)
    ]


# -- going on


@transaction.atomic
def submit(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Ask for a campaign to be approved. Raises ``WrongState``."""
    locked = _locked(campaign, State.DRAFT)
    locked.state, locked.submitted_by, locked.changed_at = State.WAITING, by.reference, now
    locked.save(update_fields=["state", "submitted_by", "changed_at"])
    record(by, "campaign.submitted", target=f"campaigns.Campaign:{campaign.pk}", now=now)


@transaction.atomic
def approve(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Agree to a campaign as a second person; it begins when its time has come.

    Raises ``NeedsSecondPerson`` and ``WrongState``.
    """
    locked = _locked(campaign, State.WAITING)
    if by.reference == locked.submitted_by:
        raise NeedsSecondPerson(_SAME_PERSON)
    locked.approved_by, locked.approved_by_label = by.reference, by.label
    locked.save(update_fields=["approved_by", "approved_by_label"])
    _schedule(locked, by=by, now=now)


@transaction.atomic
def launch(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Let a campaign begin when its time has come, on one's own authority. Raises ``WrongState``."""
    _schedule(_locked(campaign, State.DRAFT, State.WAITING), by=by, now=now)


def _schedule(locked: Campaign, *, by: Actor, now: datetime) -> None:
    locked.state, locked.changed_at = State.SCHEDULED, now
    locked.save(update_fields=["state", "changed_at"])
    record(by, "campaign.launched", target=f"campaigns.Campaign:{locked.pk}", now=now)
    enqueue("campaigns.go_on", now=now, dedupe_key="campaigns.go_on", repeat_if_running=True)


@transaction.atomic
def pause(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Let nothing more leave until it is resumed. Raises ``WrongState``."""
    locked = _locked(campaign, State.RUNNING, State.SCHEDULED)
    locked.state, locked.changed_at = State.PAUSED, now
    locked.save(update_fields=["state", "changed_at"])
    stopping.pause(CAUSE, campaign.pk, by=by, now=now)
    record(by, "campaign.paused", target=f"campaigns.Campaign:{campaign.pk}", now=now)


@transaction.atomic
def resume(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Go on with a campaign that is paused, or that stopped itself. Raises ``WrongState``."""
    locked = _locked(campaign, State.PAUSED, State.STOPPED)
    # Whoever goes on after an alarm has looked at it: the guard is off from here on.
    locked.is_guarded = locked.is_guarded and locked.state != State.STOPPED
    locked.state = State.RUNNING if locked.began_at else State.SCHEDULED
    locked.changed_at, locked.stopped_by, locked.ended_at = now, {}, None
    locked.save(update_fields=["state", "changed_at", "stopped_by", "ended_at", "is_guarded"])
    stopping.resume(CAUSE, campaign.pk, by=by, now=now)
    record(by, "campaign.resumed", target=f"campaigns.Campaign:{campaign.pk}", now=now)
    enqueue("campaigns.go_on", now=now, dedupe_key="campaigns.go_on", repeat_if_running=True)


@transaction.atomic
def cancel(campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """End a campaign: what has not left never will. Raises ``WrongState``."""
    locked = _locked(campaign, State.DRAFT, State.WAITING, State.SCHEDULED, State.RUNNING, State.PAUSED, State.STOPPED)
    locked.state, locked.changed_at, locked.ended_at = State.CANCELLED, now, now
    locked.save(update_fields=["state", "changed_at", "ended_at"])
    stopping.stop(CAUSE, campaign.pk, by=by, now=now)
    record(by, "campaign.cancelled", target=f"campaigns.Campaign:{campaign.pk}", now=now)


def _locked(campaign: Campaign, *states: str) -> Campaign:
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.state not in states:
        raise WrongState(_NOT_NOW, state=State(locked.state).label)
    return locked
