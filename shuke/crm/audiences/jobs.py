"""What audiences do in the background."""

from typing import Any

from shuke.crm.audiences import queries
from shuke.crm.audiences.actions import destinations, telling
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor

_ITSELF = Actor.system("audiences")


def sync(context: JobContext, *, destination_id: int, **_: Any) -> None:
    """Bring one destination up to date."""
    telling.tell(destination_id, by=_ITSELF, now=context.now(), progress=context.progress)


def look(context: JobContext, **_: Any) -> None:
    """Queue what is due, and remove files that are old."""
    now = context.now()
    for one in queries.due(now):
        destinations.ask(one, by=_ITSELF, now=now)
    telling.tidy(now=now)
