"""The proof that a request was carried out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.events import queries as events
from shuke.cdp.privacy.models import Certificate, PrivacyRequest, RequestKind, RequestState
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor


def issue(
    request: PrivacyRequest, customer_ids: Sequence[int], report: dict[str, Any], *, began_at: datetime, by: Actor,
    now: datetime,
) -> Certificate:  # fmt: skip
    """Close a request with its proof, in the caller's transaction. Audited."""
    made = write(request.kind, customer_ids, report, request=request, began_at=began_at, by=by, now=now)
    changes = {"state": RequestState.DONE, "finished_at": now, "finished_by": by.label}
    PrivacyRequest.objects.filter(pk=request.pk).update(**changes)
    request.state = RequestState.DONE
    return made


def write(
    kind: str, customer_ids: Sequence[int], report: dict[str, Any], *, request: PrivacyRequest | None,
    began_at: datetime, by: Actor, now: datetime,
) -> Certificate:  # fmt: skip
    """Write down what was done, in counts and public ids."""
    uuids = customers.uuids_of(customer_ids)
    made = Certificate.objects.create(
        uuid=uuid7(), kind=kind, customers=sorted(str(uuid) for uuid in uuids.values()), request=request, report=report,
        log_position=events.last_position(), began_at=began_at, issued_at=now, issued_by=by.label,
    )  # fmt: skip
    verb = "privacy.person_erased" if kind == RequestKind.ERASE else "privacy.request_done"
    audit.record(by, verb, target=f"privacy.Certificate:{made.pk}", summary={"kind": kind}, now=now)
    return made
