"""Telling the responsible person when somebody valuable crosses the line: a digest, and the most valuable at once; never a storm."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.crm.team import queries
from shuke.crm.team.models import Basis, Crossing
from shuke.insight.value import queries as value
from shuke.platform.company import queries as company
from shuke.platform.notices import actions as notices
from shuke.platform.notices.models import Severity

KIND = "team.churn"
AT_ONCE = 3
_MOST = 5_000
ONE = gettext_noop("%(count)s valuable customer may be about to leave: %(worth)s at stake")
MANY = gettext_noop("%(count)s valuable customers may be about to leave: %(worth)s at stake")
BY_RISK = gettext_noop("Their churn risk has risen to %(line)s or more.")
BY_TIME = gettext_noop("They have not ordered for much longer than usual. There is no prediction yet.")
NOT_YOURS = gettext_noop("Nobody looks after them yet: choose somebody on the page.")


@transaction.atomic
def alert(*, now: datetime) -> int:
    """Tell each responsible person of those who crossed since the last time; return how many heard.

    One message a day speaks of everybody valuable. Of the most valuable, who cross after it, another speaks at once, at most
    ``AT_ONCE`` times a day and person; everybody else is in tomorrow's. What nobody looks after is told to those who plan.
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
    tiers = {pk: one.tier for pk, one in value.standings_of([one.customer_id for one in found]).items()}
    urgent = {one.pk for one in found if tiers.get(one.customer_id) in rules.at_once_tiers}
    for one in found:
        by_person[responsible.get(one.customer_id)].append(one)
    told = 0
    for staff_id, theirs in by_person.items():
        for some, key in _messages(
            theirs, [one for one in theirs if one.pk in urgent], f"{day}:{staff_id or 'nobody'}"
        ):
            heard = _tell(staff_id, some, line=look.line, basis=look.basis, currency=own.currency, key=key, now=now)
            told += heard
            if heard:
                Crossing.objects.filter(pk__in=[one.pk for one in some]).update(told_at=now)
                break
    return told


def _messages(
    everybody: Sequence[Crossing], urgent: Sequence[Crossing], key: str
) -> Iterator[tuple[Sequence[Crossing], str]]:
    """Yield what may be said, in turn, until something is heard: a key that was used today is not heard again."""
    yield everybody, key
    if urgent:
        for number in range(1, AT_ONCE + 1):
            yield urgent, f"{key}:{number}"


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
