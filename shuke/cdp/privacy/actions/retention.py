"""Letting go of data whose time is over, kind by kind, after a look at what that would be."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.privacy import errors, queries, rules
from shuke.cdp.privacy.models import RetentionRun
from shuke.cdp.privacy.rules import PrivacySettings
from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.db.failpoint import failpoint
from shuke.platform.db.scrubbing import leaving_no_trace
from shuke.platform.manifest import Retention, retention
from shuke.platform.staff.actor import Actor

Progress = Callable[[int, int, str], None]


@transaction.atomic
def save_settings(values: PrivacySettings, *, by: Actor, now: datetime) -> None:
    """Set the company's terms. Audited. Raises ``UnknownKind`` for days below what must be kept, and unknown kinds."""
    for name, days in values.retention.items():
        kind = retention().get(name)
        if kind is None:
            raise errors.UnknownKind(_("There is no such kind of data."), kind=name)
        if 0 < days < kind.least_days:
            text = _("%(kind)s: at least %(days)s days.") % {"kind": kind.label, "days": kind.least_days}
            raise errors.UnknownKind(text, kind=name)
    company.save_settings(rules.SETTINGS, values, now=now)
    audit.record(by, "privacy.configured", summary={"days": values.retention}, now=now)


def days_for(kind: Retention) -> int:
    """Return for how many days a kind of data is kept; 0 means for ever."""
    return queries.settings().retention.get(kind.name, kind.usual_days)


def dry_run(*, by: Actor, now: datetime) -> RetentionRun:
    """Count what a run would remove, and remove nothing."""
    report = {kind.name: kind.count(_limit(kind, now)) for kind in _limited()}
    return RetentionRun.objects.create(
        is_dry=True, began_at=now, finished_at=now, started_by=by.label, report={k: n for k, n in report.items() if n}
    )


def apply_retention(
    *, by: Actor, now: datetime, progress: Progress | None = None, is_cancelled: Callable[[], bool] = lambda: False
) -> RetentionRun:
    """Remove what is too old, batch by batch; stopped half-way, the next run goes on. Audited if anything went."""
    run = RetentionRun.objects.create(began_at=now, started_by=by.label)
    for kind in _limited():
        before, gone = _limit(kind, now), 0
        total = kind.count(before)
        with leaving_no_trace():
            while total and not is_cancelled() and (some := kind.remove_some(before, now=now)):
                gone += some
                failpoint("retention.between_batches")
                if progress is not None:
                    progress(gone, max(total, gone), str(kind.label))
        if gone:
            run.report[kind.name] = gone
            run.save(update_fields=["report"])
    with transaction.atomic():
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        if run.report:
            audit.record(by, "privacy.retention_applied", summary=dict(run.report), now=now)
    return run


def _limited() -> list[Retention]:
    return [kind for kind in retention().values() if days_for(kind)]


def _limit(kind: Retention, now: datetime) -> datetime:
    return now - timedelta(days=max(days_for(kind), kind.least_days))
