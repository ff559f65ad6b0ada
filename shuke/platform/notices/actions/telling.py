"""Telling staff something: once each, in their language, by the ways they chose."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation

from shuke.platform.company import queries as company
from shuke.platform.crypto.sealing import seal
from shuke.platform.jobs.actions import enqueue
from shuke.platform.manifest import NoticeKind
from shuke.platform.notices import queries
from shuke.platform.notices.actions.posting import letter
from shuke.platform.notices.models import Notice, Outgoing, OutgoingState, Severity, Target
from shuke.platform.staff.models import Staff
from shuke.platform.staff.permissions import TABLE
from shuke.platform.staff.roles import Role

SEND_JOB = "notices.send"
KEPT_FOR = timedelta(days=180)
Line = tuple[str, Mapping[str, Any]]


@transaction.atomic
def notify(
    kind: str,
    message: str,
    *,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    plural: str = "",
    lines: Sequence[Line] = (),
    staff: Collection[int] = (),
    roles: Collection[Role] = (),
    permission: str = "",
    link: str = "",
    severity: str = Severity.INFO,
    dedupe_key: str | None = None,
    to_targets: bool = True,
) -> int:
    """Tell people something and return how many were told who had not been told before.

    They are named by id, by role or by what they may do; only active ones who hold the kind's permission are told.
    ``message``, ``plural`` and the texts of ``lines`` are message ids (``gettext_noop``); ``facts`` are numbers, texts or what
    ``money``, ``day``, ``moment``, ``share`` and ``words`` return, never personal data of customers; ``plural``
    is said where ``facts["count"]`` is not one. ``link`` is an address of ours, from ``reverse``. Whoever was told of a ``dedupe_key`` of this kind is
    not told again. The company's targets that take this kind get it too, once. Raises ``LookupError`` for a kind that no
    manifest declares.
    """
    declared = queries.kinds().get(kind)
    if declared is None:
        raise LookupError(f"no manifest declares notices of the kind {kind}")
    told = Notice(
        kind=kind, severity=severity, message=message, plural=plural, facts=dict(facts or {}),
        lines=[[text, dict(said)] for text, said in lines], link=link, dedupe_key=dedupe_key, created_at=now,
    )  # fmt: skip
    people = _recipients(declared, staff, roles, permission, dedupe_key)
    _tell(people, declared, told, now=now)
    if to_targets:
        _tell_targets(told, now=now)
    return len(people)


def _recipients(
    kind: NoticeKind, staff: Collection[int], roles: Collection[Role], permission: str, dedupe_key: str | None
) -> list[Staff]:
    """Whoever was named and may know, except those who know already. Locked, so that nobody is told twice at once."""
    wanted = {role.value for role in roles} | {
        role.value for role in Role if permission and TABLE.allows(role, permission)
    }
    active = Staff.objects.select_for_update().filter(is_active=True).order_by("pk")
    named = [one for one in active if one.pk in staff or one.role in wanted]
    allowed = [one for one in named if not kind.permission or one.may(kind.permission)]
    if dedupe_key is None:
        return allowed
    knows = set(Notice.objects.filter(kind=kind.name, dedupe_key=dedupe_key).values_list("staff_id", flat=True))
    return [one for one in allowed if one.pk not in knows]


def _tell(people: list[Staff], kind: NoticeKind, told: Notice, *, now: datetime) -> None:
    if not people:
        return
    ways = queries.ways_of([one.pk for one in people], kind)
    Notice.objects.bulk_create(_copy(told, one, in_inbox=queries.INBOX in ways[one.pk]) for one in people)
    _count_unread([one.pk for one in people])
    mailed = [one for one in people if queries.MAIL in ways[one.pk]]
    if mailed:
        Outgoing.objects.bulk_create(
            Outgoing(
                kind=told.kind, sealed=seal(_letter_to(one, told), context=queries.OUTGOING_SEALED_AS), run_at=now,
                created_at=now,
            )
            for one in mailed
        )  # fmt: skip
        enqueue(SEND_JOB, now=now, dedupe_key=SEND_JOB, repeat_if_running=True)


def _copy(told: Notice, staff: Staff, *, in_inbox: bool) -> Notice:
    return Notice(
        staff=staff, kind=told.kind, severity=told.severity, message=told.message, plural=told.plural, facts=told.facts,
        lines=told.lines, link=told.link, dedupe_key=told.dedupe_key, created_at=told.created_at, in_inbox=in_inbox,
    )  # fmt: skip


def _letter_to(staff: Staff, told: Notice) -> str:
    own = company.find_company()
    zone = staff.time_zone or (own.time_zone if own else "UTC")
    with translation.override(staff.language or (own.language if own else "en")), timezone.override(zone):
        worded = queries.worded(told)
        text = render_to_string("notices/mail.txt", {"said": worded, "link": _address(told.link), "company": own})
    return letter([staff.email], worded.title, text)


def _tell_targets(told: Notice, *, now: datetime) -> None:
    """The company's chat groups, in the language of each; those that know of the key already are left out."""
    wanting = [one for one in Target.objects.order_by("pk") if told.kind in one.kinds]
    if not wanting:
        return
    sent = Outgoing.objects.filter(target__in=wanting, kind=told.kind, dedupe_key=told.dedupe_key)
    knows = set(sent.values_list("target_id", flat=True)) if told.dedupe_key else set()
    own = company.find_company()
    made = []
    for target in wanting:
        if target.pk in knows:
            continue
        with translation.override(target.language or (own.language if own else "en")):
            body = message_for(queries.worded(told), told.severity, link=_address(told.link))
        made.append(Outgoing(
            target=target, kind=told.kind, sealed=seal(body, context=queries.OUTGOING_SEALED_AS), run_at=now,
            dedupe_key=told.dedupe_key, created_at=now,
        ))  # fmt: skip
    Outgoing.objects.bulk_create(made, ignore_conflicts=True)
    enqueue(SEND_JOB, now=now, dedupe_key=SEND_JOB, repeat_if_running=True)


def message_for(said: queries.Worded, severity: str, *, link: str) -> str:
    """Return a message to a target as it is kept: title, body, and how the service marks it."""
    body = "\n".join(part for part in (*said.lines, link) if part) or said.title
    types = {Severity.GOOD: "success", Severity.WARN: "warning", Severity.BAD: "failure"}
    return json.dumps({"title": said.title, "body": body, "type": types.get(Severity(severity), "info")})


def _address(link: str) -> str:
    return f"{settings.SHUKE_PUBLIC.url.rstrip('/')}{link}" if link else ""


@transaction.atomic
def mark_read(staff: Staff, notice_ids: Collection[int], *, now: datetime) -> int:
    """Note that somebody has read some of their notices; return how many were news."""
    changed = queries.inbox(staff).filter(pk__in=notice_ids, read_at=None).update(read_at=now)
    _count_unread([staff.pk])
    return changed


@transaction.atomic
def mark_all_read(staff: Staff, *, now: datetime) -> int:
    """Note that somebody has read everything."""
    changed = queries.inbox(staff).filter(read_at=None).update(read_at=now)
    _count_unread([staff.pk])
    return changed


def _count_unread(staff_ids: Collection[int]) -> None:
    """Keep with each person how much is unread: who they are is read with every page, and so the bell costs nothing."""
    unread = (
        Notice.objects.filter(staff=OuterRef("pk"), read_at=None, in_inbox=True)
        .order_by().values("staff").annotate(count=Count("pk")).values("count")
    )  # fmt: skip
    Staff.objects.filter(pk__in=staff_ids).update(unread_notices=Coalesce(Subquery(unread), 0))


def tidy(*, now: datetime) -> int:
    """Forget notices and what left the house long ago; return how many."""
    old = now - KEPT_FOR
    with transaction.atomic():
        concerned = set(Notice.objects.filter(created_at__lt=old).values_list("staff_id", flat=True))
        forgotten = Notice.objects.filter(created_at__lt=old).delete()[0]
        _count_unread(concerned)
    return forgotten + Outgoing.objects.exclude(state=OutgoingState.WAITING).filter(created_at__lt=old).delete()[0]
