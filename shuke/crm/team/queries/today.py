"""The list of a day: whom somebody calls, why, what they say, and whether they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.queries.merging import family_of
from shuke.crm.team import queries
from shuke.crm.team.models import Arm, Entry, EntryState, Task
from shuke.crm.team.queries import wording
from shuke.crm.team.queries.calling import callable_contacts
from shuke.crm.team.rules.scripts import LANGUAGES, filled
from shuke.insight.value import queries as value
from shuke.platform.http import mask
from shuke.platform.staff.models import Staff
from shuke.platform.ui import formats


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that may be called, masked; "" for whoever may not see even that."""

    id: int
    shown: str


@dataclass(frozen=True, slots=True)
class Card:
    """One customer of the list, ready to be shown."""

    entry: Entry
    customer: Customer
    title: str
    tier: str
    reasons: list[tuple[str, str]]
    script: str
    phones: list[Phone]
    may_be_called: bool


def of_day(day: date, *, staff_id: int | None) -> QuerySet[Entry]:
    """Return whom somebody (None: anybody) is to call on a day; whoever is held out is nobody's to see."""
    listed = Entry.objects.filter(day=day, arm=Arm.CALL, customer__isnull=False, customer__erased_at=None)
    return listed if staff_id is None else listed.filter(staff=staff_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list is."""

    done: int
    total: int


def open_tasks(staff_id: int | None) -> QuerySet[Task]:
    """Return what is open: of one person with what nobody in particular was asked, or everything."""
    found = Task.objects.filter(done_at=None).select_related("staff")
    return found if staff_id is None else found.filter(Q(staff_id=staff_id) | Q(staff=None))


def progress(listed: QuerySet[Entry]) -> Progress:
    """Count what is done of a list."""
    states = list(listed.order_by().values_list("state", flat=True))
    return Progress(sum(state == EntryState.DONE for state in states), len(states))


def cards(
    entries: Sequence[Entry], *, viewer: Staff, company_name: str, company_language: str, now: datetime
) -> list[Card]:
    """Return entries with everything a caller needs, in a number of queries that does not depend on how many.

    Permission is asked anew: who withdrew since the list was made is shown without a number.
    """
    heirs = queries.heirs(one.customer_id for one in entries if one.customer_id is not None)
    ids = sorted(set(heirs.values()))
    people, known, contacts = customers.cards_of(ids), customers.external_ids_of(ids), customers.contacts_of(ids)
    standings = value.standings_of(ids)
    codes: dict[int, list[str]] = {
        heirs[one.customer_id]: [code for code, _ in one.reasons] for one in entries if one.customer_id
    }
    allowed = callable_contacts(codes, now=now)
    scripts, reader = queries.scripts(), wording.reader(sees_worth=viewer.may("predictions.view"))
    sees_contacts = viewer.may("customers.view_contacts")
    shown = []
    for one in entries:
        customer_id = heirs[one.customer_id or 0]
        customer, standing = people[customer_id], standings.get(customer_id)
        title = wording.title_of(customer, known.get(customer_id, []), sees_contacts=sees_contacts)
        language = customer.language if customer.language in LANGUAGES else _spoken(customer.language, company_language)
        tier = reader.tiers[standing.tier] if standing else ""
        facts = _facts(
            one,
            customer,
            viewer,
            company_name=company_name,
            tier=tier,
            currency=reader.currency,
            sees_contacts=sees_contacts,
        )
        numbers = [c for c in contacts.get(customer_id, []) if c.id in allowed.get(customer_id, ())]
        shown.append(Card(
            entry=one, customer=customer, title=title, tier=tier,
            reasons=[
                (wording.reason(code), wording.told(code, said, reader))
                for code, said in one.reasons
            ],
            script=filled(scripts[one.reason, language], facts),
            phones=[Phone(c.id, mask.phone(c.value) if sees_contacts else "") for c in numbers],
            may_be_called=bool(numbers),
        ))  # fmt: skip
    return shown


def _spoken(language: str, company_language: str) -> str:
    """Return the language of the script: Chinese for whoever speaks any Chinese, else as the company speaks."""
    if language:
        return "zh-hans" if language.lower().startswith("zh") else "en"
    return company_language if company_language in LANGUAGES else "en"


def _facts(
    entry: Entry, customer: Customer, viewer: Staff, *, company_name: str, tier: str, currency: str, sees_contacts: bool
) -> dict[str, str]:
    """What a script may name of a customer and of the first reason."""
    said: dict[str, Any] = entry.reasons[0][1] if entry.reasons else {}
    return {
        "name": customer.name if sees_contacts else mask.name(customer.name), "agent": viewer.name, "company": company_name,
        "tier": tier, "days": formats.number(said["days"]) if "days" in said else "",
        "rhythm": formats.number(said["rhythm"], 0) if said.get("rhythm") else "",
        "last_order": formats.day(date.fromisoformat(said["last"])) if "last" in said else "",
        "amount": formats.money(said["minor"], currency) if "minor" in said and entry.reason != "churn" else "",
    }  # fmt: skip


def history_of(customer_id: int, *, limit: int = 20) -> list[Entry]:
    """Return when somebody was called, newest first; those who were merged into them included."""
    family = family_of(customer_id)
    called = Q(called_at__isnull=False) | Q(state=EntryState.OPEN)
    found = Entry.objects.filter(called, customer_id__in=family, arm=Arm.CALL).select_related("staff")
    return list(found.order_by("-day", "-pk")[:limit])
