"""Background work of quality."""

from datetime import datetime

from shuke.cdp.customers.models import MergeReason
from shuke.cdp.quality.actions import deciding, measuring, mending, searching
from shuke.cdp.quality.models import Flaw
from shuke.cdp.quality.queries import people
from shuke.cdp.quality.queries import suggestions as queries
from shuke.kernel.clock import local_day
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.jobs import actions as jobs
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor

# The first search by itself, and how much the company has to grow before rates are learned again.
FIRST_SEARCH, GROWTH = 300, 1.5
_MACHINE = Actor.system("quality")


def catch_up(context: JobContext, **_: object) -> None:
    """Read whoever changed, and compare them with whom they may be the same as; safe to repeat at any point."""
    done = 0
    while ids := searching.stale_ids():
        searching.search_changed(ids, now=context.now())
        searching.forget_stale(ids, until=context.now())
        done += len(ids)
        context.progress(done, 0)
        if context.is_cancelled():
            return
    _search_if_grown(context.now())
    _act_by_itself(context)


def _search_if_grown(now: datetime) -> None:
    model, size = queries.newest_model(), people.count()
    if size >= FIRST_SEARCH and (model is None or size >= GROWTH * max(model.customers, 1)):
        jobs.enqueue("quality.search", now=now, dedupe_key="quality.search")


def _act_by_itself(context: JobContext) -> None:
    """What the company allowed to happen without asking."""
    allowed = queries.settings()
    if allowed.merge_from is not None and queries.newest_model() is not None:
        steps = deciding.accept_above(allowed.merge_from, reason=MergeReason.AUTOMATIC, by=_MACHINE, clock=context.now)
        for _done in steps:
            context.heartbeat()
    if allowed.mend_typos:
        try:
            mending.start(Flaw.EMAIL_TYPO, by=_MACHINE, now=context.now(), is_automatic=True)
        except ShukeError:
            return  # nothing to mend, or still at it


def search(context: JobContext, **_: object) -> None:
    """Read everybody and compare them all: some minutes for a million customers."""
    total, done, last = people.count(), 0, 0
    while last := searching.read_everybody(after=last, now=context.now()):
        done += searching.READ_AT_ONCE
        context.progress(min(done, total), total * 2)
        if context.is_cancelled():
            return
    searching.search_everybody(
        now=context.now(), progress=lambda part, of: context.progress(total + total * part // max(1, of), total * 2)
    )
    _act_by_itself(context)


def accept_many(context: JobContext, *, probability: float, staff: str, **_: object) -> None:
    """Merge every group above a probability. What an earlier attempt merged is decided and not met again."""
    kind, number = staff.split(":", 1)
    by = Actor(kind, number, staff)
    for done, total, _outcome in deciding.accept_above(
        probability, reason=MergeReason.DUPLICATE, by=by, clock=context.now
    ):
        context.progress(done, total)
        if context.is_cancelled():
            return


def mend(context: JobContext, *, fix_id: int, **_: object) -> None:
    """Mend everybody with a flaw; each batch is committed with its images, so a restart goes on where it stopped."""
    last = done = 0
    while last := mending.mend_some(fix_id, after=last, now=context.now()):
        done += mending.AT_ONCE
        context.progress(done, 0)
        if context.is_cancelled():
            break
    mending.finish(fix_id, now=context.now())


def undo_fix(context: JobContext, *, fix_id: int, **_: object) -> None:
    """Give back what a fix changed."""
    done = 0
    while some := mending.undo_some(fix_id, now=context.now()):
        done += some
        context.progress(done, 0)
    mending.finish_undo(fix_id, now=context.now())


def measure(context: JobContext, **_: object) -> None:
    """Take the day's snapshot."""
    found = company.find_company()
    today = local_day(context.now(), found.time_zone if found else "UTC")
    shops = measuring.shops()
    for at, shop in enumerate(shops, start=1):
        measuring.measure(shop, today=today, now=context.now())
        context.progress(at, len(shops))
