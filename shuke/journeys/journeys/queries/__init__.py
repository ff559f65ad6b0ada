"""Which journeys there are."""

import json
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from shuke.journeys.journeys.errors import UnknownJourney
from shuke.journeys.journeys.models import Journey, JourneyState, JourneyVersion, Run
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules.graph import Graph

VIEW, EDIT, RUN = "journeys.view", "journeys.edit", "journeys.run"
NO_JOURNEY = gettext_noop("There is no such journey.")


def journeys(*, archived: bool = False) -> QuerySet[Journey]:
    """Return the journeys in use, or those that were put away, by name."""
    found = Journey.objects.filter(state=JourneyState.ARCHIVED)
    if not archived:
        found = Journey.objects.exclude(state=JourneyState.ARCHIVED)
    return found.order_by("name", "pk")


def by_uuid(uuid: UUID) -> Journey:
    """Return a journey by public id. Raises ``UnknownJourney``."""
    found = Journey.objects.select_related("version").filter(uuid=uuid).first()
    if found is None:
        raise UnknownJourney(NO_JOURNEY)
    return found


def by_hook(hook: str) -> Journey:
    """Return the journey whose inbound webhook is called. Raises ``UnknownJourney``."""
    found = Journey.objects.select_related("version").filter(hook=hook).first()
    if found is None:
        raise UnknownJourney(NO_JOURNEY)
    return found


def versions_of(journey: Journey) -> Sequence[JourneyVersion]:
    """Return what was published, newest first."""
    return list(JourneyVersion.objects.filter(journey=journey).order_by("-number"))


def version_of(journey: Journey, number: int) -> JourneyVersion:
    """Return one version. Raises ``UnknownJourney``."""
    found = JourneyVersion.objects.filter(journey=journey, number=number).first()
    if found is None:
        raise UnknownJourney(NO_JOURNEY)
    return found


def live() -> list[Journey]:
    """Return the journeys that are on, with their versions."""
    return list(
        Journey.objects.select_related("version").filter(state=JourneyState.ON, version__isnull=False).order_by("pk")
    )


def graph_of(version: JourneyVersion) -> Graph:
    """Return a version as it runs; the same drawing is read once."""
    return _graph(json.dumps(version.graph, sort_keys=True))


@lru_cache(maxsize=256)
def _graph(said: str) -> Graph:
    return graphs.read(json.loads(said))


def run_by_uuid(uuid: UUID) -> Run:
    """Return somebody's way. Raises ``UnknownJourney``."""
    found = Run.objects.select_related("journey", "version", "customer").filter(uuid=uuid).first()
    if found is None:
        raise UnknownJourney(NO_JOURNEY)
    return found
