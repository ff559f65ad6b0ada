"""Doing one thing with many customers: at once for a few, as background work for all that match."""

from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict

from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.platform.company import queries as company
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.web import customer_filters, customer_segments

CHUNK = 1_000


def apply_act(act: str, subject: str, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Tag, untag or put on a list; return how many customers changed. Audits."""
    if act == "tag":
        return actions.tag(customer_ids, subject, by=by, now=now)
    if act == "untag":
        return actions.untag(customer_ids, _number(subject), by=by, now=now)
    return customer_segments.add_to_list(subject, customer_ids, by=by, now=now)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def act_on_all(context: JobContext, *, act: str, subject: str, query: str, sees_contacts: bool, staff_id: int) -> None:
    """Do ``act`` to every customer that the list's filters let through, in order of id.

    Doing it twice changes nothing more, so a job that was interrupted simply starts over. Who matches is looked at
    chunk by chunk; nobody is met twice.
    """
    found_company = company.company()
    filters = customer_filters.read(QueryDict(query), currency=found_company.currency)
    matching = customer_filters.apply(filters, sees_contacts=sees_contacts, zone=found_company.time_zone)
    staff = Staff.objects.filter(pk=staff_id).first()
    by = Actor.of(staff) if staff else Actor.system("customers")
    last, seen, total = 0, 0, matching.order_by().count()
    while not context.is_cancelled():
        chunk = list(matching.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not chunk:
            return
        _act_on_chunk(act, subject, chunk, by=by, now=context.now())
        last, seen = chunk[-1], seen + len(chunk)
        context.progress(seen, max(total, seen))


def _act_on_chunk(act: str, subject: str, chunk: list[int], *, by: Actor, now: datetime) -> None:
    """Like ``apply_act``, without an audit row per chunk: the start of the job was audited."""
    if act == "tag":
        actions.put(actions.tag_named(subject, now=now), chunk, by=by, now=now)
    elif act == "untag":
        actions.take_off(customers.tag(_number(subject)), chunk, by=by, now=now)
    else:
        customer_segments.add_to_list(subject, chunk, by=by, now=now)
