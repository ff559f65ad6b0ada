"""Background work of customers: tags that many have, and the nightly look at the evidence of consent."""

from shuke.cdp.customers import actions, errors, queries
from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.queries import consents as evidence
from shuke.platform.audit import actions as audit
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.queries import find as find_staff


def remove_tag(context: JobContext, *, tag_id: int, into_id: int | None, staff_id: int) -> None:
    """Delete a tag, chunk by chunk; with ``into_id``, give its customers that tag first. Repeating it is harmless."""
    staff = find_staff(staff_id)
    by = Actor.of(staff) if staff else Actor.system("customers")
    total, done = queries.tag_counts().get(tag_id, 0), 0
    try:
        while not context.is_cancelled():
            now = context.now()
            if into_id is None:
                some = actions.strip_tag(tag_id, by=by, now=now)
            else:
                some = actions.pour_tag(tag_id, into_id, by=by, now=now)
            if not some:
                actions.delete_tag(tag_id, by=by, now=now)
                return
            done += some
            context.progress(done, max(total, done))
    except errors.UnknownTag:
        return  # an earlier run got to the end


def check_consents(context: JobContext, **_more: object) -> None:
    """Follow the chain of evidence and make the projection anew; a fault is noted in the audit log."""
    verified = evidence.verify_chain()
    differing = consents.rebuild_consent_state()
    context.progress(verified.count, verified.count)
    if verified.broken_at is not None or differing:
        summary = {"records": verified.count, "broken_at": verified.broken_at, "differing": differing}
        audit.record(
            Actor.system("customers"), "customers.consents_faulty", target=f"customers.ConsentRecord:{verified.broken_at}",
            summary=summary, now=context.now(),
        )  # fmt: skip
