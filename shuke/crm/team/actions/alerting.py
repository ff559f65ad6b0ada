"""Telling the responsible person when somebody valuable crosses the line: a digest, never a storm."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.crm.team import queries
from shuke.crm.team.models import Basis, Crossing
from shuke.platform.company import queries as company
from shuke.platform.notices import actions as notices
from shuke.platform.notices.models import Severity

KIND = "team.churn"
_MOST = 5_000
ONE = gettext_noop("%(count)s valuable customer may be about to leave: %(worth)s at stake")
MANY = gettext_noop("%(count)s valuable customers may be about to leave: %(worth)s at stake")
BY_RISK = gettext_noop("Their churn risk has risen to %(line)s or more.")
BY_TIME = gettext_noop("They have not ordered for much longer than usual. There is no prediction yet.")
NOT_YOURS = gettext_noop("Nobody looks after them yet: choose somebody on the page.")


@transaction.atomic
def alert(*, now: datetime) -> int:
    """Tell each responsible person of those who crossed since the last time, in one message a day; return how many heard.

    What nobody looks after is told to those who plan the work. Whoever crosses after today's message is in tomorrow's.
    """
    rules, look = queries.settings(), queries.look()
    if not rules.alerts or look is None:
        return 0
    own = company.company()
    day = now.astimezone(ZoneInfo(own.time_zone)).date()
    valuable = Q(customer__standing__tier__in=rules.alert_tiers)
    if rules.alert_min_minor:
        valuable &= Q(at_risk_minor__gte=rules.alert_min_minor)
    fresh = Crossing.objects.filter(valuable, ended_on=None, told_at=None, customer__merged_into=None)
    found = list(fresh.order_by("-at_risk_minor", "pk")[:_MOST])
    responsible = queries.responsible_for([one.customer_id for one in found])
    by_person: dict[int | None, list[Crossing]] = defaultdict(list)
    for one in found:
        by_person[responsible.get(one.customer_id)].append(one)
    told = 0
    for staff_id, theirs in by_person.items():
        key = f"{day}:{staff_id or 'nobody'}"
        heard = _tell(staff_id, theirs, line=look.line, basis=look.basis, currency=own.currency, key=key, now=now)
        if heard:
            Crossing.objects.filter(pk__in=[one.pk for one in theirs]).update(told_at=now)
        told += heard
    return told


def _tell(
    staff_id: int | None, theirs: Sequence[Crossing], *, line: float, basis: str, currency: str, key: str, now: datetime
) -> int:
    worth = notices.money(sum(one.at_risk_minor for one in theirs), currency)
    why = (BY_RISK, {"line": notices.share(line)}) if basis == Basis.PREDICTION else (BY_TIME, {})
    return notices.notify(
        KIND, ONE, plural=MANY, facts={"count": len(theirs), "worth": worth},
        lines=[why] if staff_id else [why, (NOT_YOURS, {})],
        staff=[staff_id] if staff_id else (), permission="" if staff_id else queries.PLAN,
        link=reverse("team:watch") + f"?sort=-since&who={staff_id or 'nobody'}", severity=Severity.WARN, dedupe_key=key, now=now,
    )  # fmt: skip
