"""Questions about the work of people: the definitions, who calls, who looks after whom."""

from collections.abc import Iterable, Mapping

from shuke.cdp.customers.queries.merging import survivors_of
from shuke.crm.team.models import Capacity, Look, Responsible, Script
from shuke.crm.team.rules import TeamSettings, usual_capacity
from shuke.crm.team.rules.scripts import USUAL
from shuke.platform.company import queries as company
from shuke.platform.staff import queries as staff
from shuke.platform.staff.models import Staff

CALL, PLAN, WATCH = "team.call", "team.plan", "team.watch"


def settings() -> TeamSettings:
    """Return the company's definitions, or the usual ones."""
    return company.settings_of("team", TeamSettings)


def currency() -> str:
    """Return the company's currency, "" before there is one."""
    own = company.find_company()
    return own.currency if own else ""


def look() -> Look | None:
    """Return the last look at who is over the line; None before the first."""
    return Look.objects.first()


def callers() -> list[Staff]:
    """Return everybody who may call customers."""
    return [one for one in staff.active() if one.may(CALL)]


def capacities() -> dict[int, int]:
    """Return how many calls a day each person makes who may call."""
    found = callers()
    said = dict(Capacity.objects.values_list("staff_id", "per_day"))
    has_agents = any(one.role == "agent" for one in found)
    return {one.pk: said.get(one.pk, usual_capacity(one.role, has_agents=has_agents)) for one in found}


def responsible_for(customer_ids: Iterable[int]) -> dict[int, int]:
    """Return who looks after each of some customers, those who left the company excepted."""
    found = Responsible.objects.filter(customer_id__in=list(customer_ids), staff__is_active=True)
    return dict(found.values_list("customer_id", "staff_id"))


def scripts() -> dict[tuple[str, str], str]:
    """Return what is said for each reason, in each language."""
    own = {(one.reason, one.language): one.text for one in Script.objects.all()}
    return {**USUAL, **own}


def heirs(customer_ids: Iterable[int]) -> Mapping[int, int]:
    """Return under whom each customer goes on: themselves, or whom they were merged into."""
    ids = list(customer_ids)
    return {**{one: one for one in ids}, **survivors_of(ids)}
