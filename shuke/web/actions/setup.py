"""The first minutes of an installation: one company, one owner."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company_actions
from shuke.platform.company import queries as company
from shuke.platform.staff import setup_token
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role
from shuke.web import errors


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the set-up page asks for. An empty currency is taken from the first orders.

    ``own_language`` is the owner's, empty where it is the browser's.
    """

    company_name: str
    time_zone: str
    language: str
    currency: str
    name: str
    email: str
    password: str
    own_language: str = ""


def is_done() -> bool:
    """Whether Shuke is set up. A company without a name holds orders imported by command before anybody could log in."""
    found = company.find_company()
    return found is not None and bool(found.name)


def begin(said: Beginning, *, now: datetime) -> Staff:
    """Create the company with its first owner and use up the set-up link; return the owner.

    Raises ``AlreadySetUp`` if the company exists, also when two people press the button at once.
    """
    owner = _create(said, now=now)
    setup_token.spend()
    return owner


@transaction.atomic
def _create(said: Beginning, *, now: datetime) -> Staff:
    if is_done():
        raise errors.AlreadySetUp
    company_actions.found_unnamed(now=now)
    company_actions.name_company(
        name=said.company_name, currency=said.currency, time_zone=said.time_zone, language=said.language
    )
    owner = Staff.objects.create_user(
        said.email, said.password, name=said.name, role=Role.OWNER, language=said.own_language, created_at=now
    )
    record(Actor.of(owner), "company.founded", target="company.Company:1", summary={"currency": said.currency}, now=now)
    return owner
