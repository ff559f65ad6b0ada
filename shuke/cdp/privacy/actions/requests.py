"""Taking requests in, checking who asks, and carrying them out."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.actions import consents, forgetting
from shuke.cdp.customers.models import ConsentAction, Purpose
from shuke.cdp.customers.queries import consents as evidence
from shuke.cdp.customers.queries import personal
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy import errors, queries, rules
from shuke.cdp.privacy.actions.certificates import issue
from shuke.cdp.privacy.models import IdentityCheck, PrivacyRequest, RequestKind, RequestState
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.company import queries as company
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

OPEN = (RequestState.RECEIVED, RequestState.CHECKED)
EXPORT_JOB, ERASE_JOB = "privacy.export", "privacy.erase"


@transaction.atomic
def receive(
    kind: str, customer_id: int, *, received_at: datetime, by: Actor, now: datetime, note: str = ""
) -> PrivacyRequest:
    """Note that a person asked for something; the term runs from when they did. Audited.

    Raises ``UnknownKind`` and the customers' ``UnknownCustomer``.
    """
    if kind not in RequestKind.values:
        raise errors.UnknownKind(_("There is no such kind of request."))
    customer_id = personal.survivor_of(customer_id)
    days = queries.settings().due_days
    due = rules.due_on(received_at, days=days, time_zone=company.company().time_zone)
    made = PrivacyRequest.objects.create(
        uuid=uuid7(), kind=kind, customer_id=customer_id, note=note.strip()[:4_000], received_at=min(received_at, now),
        due_on=due, created_at=now, created_by=by.reference,
    )  # fmt: skip
    _note(made, "privacy.request_received", by, now)
    return made


@transaction.atomic
def check_identity(request: PrivacyRequest, *, method: str, by: Actor, now: datetime) -> None:
    """Note how somebody made sure that it is the person who asks. Audited. Raises ``UnknownKind``, ``WrongState``."""
    if method not in IdentityCheck.values:
        raise errors.UnknownKind(_("Say how the identity was checked."))
    _advance(request, (RequestState.RECEIVED,), RequestState.CHECKED)
    request.check_method, request.checked_at, request.checked_by = method, now, by.label
    request.save(update_fields=["check_method", "checked_at", "checked_by"])
    _note(request, "privacy.identity_checked", by, now, method=method)


@transaction.atomic
def refuse(request: PrivacyRequest, *, why: str, by: Actor, now: datetime) -> None:
    """Close a request without carrying it out, with the reason that the person was given. Audited."""
    if not why.strip():
        raise errors.UnknownKind(_("Say why: the person has a right to know."))
    _advance(request, OPEN, RequestState.REFUSED)
    request.refusal, request.finished_at, request.finished_by = why.strip()[:300], now, by.label
    request.save(update_fields=["refusal", "finished_at", "finished_by"])
    _note(request, "privacy.request_refused", by, now)


@transaction.atomic
def carry_out(request: PrivacyRequest, *, by: Actor, now: datetime) -> None:
    """Do what the person asked for: at once, or as background work for a copy or an erasure. Audited.

    Raises ``NotChecked`` before somebody has checked who asks, and ``WrongState``.
    """
    if request.state == RequestState.RECEIVED:
        raise errors.NotChecked(_("First make sure that it is the person who asks."))
    _advance(request, (RequestState.CHECKED,), RequestState.RUNNING)
    _note(request, "privacy.request_carried_out", by, now)
    if request.kind in {RequestKind.EXPORT, RequestKind.ERASE}:
        name = EXPORT_JOB if request.kind == RequestKind.EXPORT else ERASE_JOB
        job = jobs.enqueue(name, now=now, by=by, dedupe_key=f"privacy:{request.pk}", request_id=request.pk)
        request.job_id = job.pk
        request.save(update_fields=["job_id"])
        return
    ids = personal.person(request.customer_id)
    report: dict[str, dict[str, int]] = {}
    if request.kind == RequestKind.RESTRICT:
        report = {"customers": {"restricted": forgetting.restrict(ids, is_restricted=True, by=by, now=now)}}
    elif request.kind == RequestKind.OBJECT:
        report = {"customers": {"objections": _object(ids, by=by, now=now)}}
    issue(request, ids, report, began_at=now, by=by, now=now)


def _object(customer_ids: list[int], *, by: Actor, now: datetime) -> int:
    """Object, for every address a person has, to being written to and to being profiled for marketing."""
    reach = evidence.reach_of(customer_ids)
    statements = [
        consents.Statement(
            channel=channel, address=contact.value, purpose=purpose, action=ConsentAction.OBJECTED, method="staff",
            occurred_at=now, customer_id=contact.customer_id,
        )
        for contact in reach.contacts
        for channel in evidence.channels_of(contact.kind)
        for purpose in (Purpose.MARKETING, Purpose.SURVEY, Purpose.PROFILING)
    ]  # fmt: skip
    outcomes = consents.record(statements, by=Provenance(by.kind, by.reference, now)) if statements else []
    return sum(outcome.status == "recorded" for outcome in outcomes)


def _advance(request: PrivacyRequest, before: tuple[RequestState, ...], after: RequestState) -> None:
    """Move a request on, if it still is where whoever asks believes it to be."""
    if not PrivacyRequest.objects.filter(pk=request.pk, state__in=before).update(state=after):
        raise errors.WrongState(_("This request has moved on; look at it again."))
    request.state = after


def _note(request: PrivacyRequest, verb: str, by: Actor, now: datetime, **more: str) -> None:
    summary = {"kind": request.kind, **more}
    audit.record(by, verb, target=f"privacy.PrivacyRequest:{request.pk}", summary=summary, now=now)
