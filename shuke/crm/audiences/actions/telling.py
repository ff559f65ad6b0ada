"""Telling the other side what changed: who came, who is to be taken out.

A line is remembered after the other side took it, and forgotten after it took the removal: killed in between, the next run
tells it once more, which the other side is asked to bear.
"""

import csv
import hashlib
import hmac
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from shuke.crm.audiences import errors, queries, rules
from shuke.crm.audiences.actions.destinations import call_of
from shuke.crm.audiences.models import Destination, Run, RunState, Shared, Way
from shuke.kernel.errors import ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.blind_index import fingerprint
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.db.failpoint import failpoint
from shuke.platform.http import outgoing
from shuke.platform.staff.actor import Actor

Progress = Callable[[int, int, str], None]
Line = dict[str, str]
AT_ONCE = 1_000
FILES_KEPT = timedelta(days=14)
_MARKED_AS = "audiences.line"


def tell(destination_id: int, *, by: Actor, now: datetime, progress: Progress = lambda *_: None) -> Run | None:
    """Bring the other side up to date and return the run; None where the destination was put away. Audited.

    A run that fails says why and leaves the rest for the next; nothing that the other side took is told it again.
    """
    destination = Destination.objects.select_related("segment").filter(pk=destination_id, archived_at=None).first()
    if destination is None:
        return None
    Run.objects.filter(destination=destination, state=RunState.RUNNING).update(
        state=RunState.FAILED, finished_at=now, error=_("It was interrupted; the next run goes on.")[:300]
    )
    run = Run.objects.create(destination=destination, began_at=now, started_by=by.label)
    try:
        _bring_up_to_date(destination, run, now, progress)
    except (ShukeError, httpx.HTTPError, OSError) as failure:
        run.state, run.error = RunState.FAILED, str(getattr(failure, "message", "") or failure)[:300]
    else:
        run.state = RunState.DONE
    _finish(destination, run, by, now)
    return run


def _bring_up_to_date(destination: Destination, run: Run, now: datetime, progress: Progress) -> None:
    ids = queries.member_ids(destination)
    run.report = {"members": len(ids), "lines": 0, "added": 0, "removed": 0, "withheld": {}}
    held, present, withheld = _marks(destination), set(), Counter[str]()
    with _Sink(destination, run) as sink:
        for found in queries.lines(destination, ids, now=now):
            withheld += found.withheld
            fresh = []
            for customer_id, line in found.lines:
                mark = _mark(line)
                if mark not in present and mark not in held:
                    fresh.append((mark, customer_id, line))
                present.add(mark)
            _add(destination, run, sink, fresh, now)
            run.report |= {"lines": len(present), "withheld": dict(withheld)}
            progress(len(present), len(ids), destination.name)
        _remove(destination, run, sink, held - present)


def _marks(destination: Destination) -> set[bytes]:
    return {bytes(mark) for mark in Shared.objects.filter(destination=destination).values_list("mark", flat=True)}


def _mark(line: Line) -> bytes:
    return fingerprint(_MARKED_AS, json.dumps(line, sort_keys=True))


def _add(
    destination: Destination, run: Run, sink: "_Sink", fresh: Sequence[tuple[bytes, int, Line]], now: datetime
) -> None:
    for some in _pieces(fresh):
        sink.tell("add", [line for _m, _c, line in some])
        failpoint("audiences.after_call")
        Shared.objects.bulk_create(
            Shared(
                destination=destination, mark=mark, sealed=seal(json.dumps(line), context=queries.LINE_SEALED_AS),
                customer_id=customer_id, since=now,
            )
            for mark, customer_id, line in some
        )  # fmt: skip
        run.report["added"] += len(some)


def _remove(destination: Destination, run: Run, sink: "_Sink", gone: set[bytes]) -> None:
    for some in _pieces(sorted(gone)):
        rows = Shared.objects.filter(destination=destination, mark__in=some)
        held = list(rows.values_list("pk", "sealed"))
        sink.tell("remove", [json.loads(unseal(bytes(sealed), context=queries.LINE_SEALED_AS)) for _pk, sealed in held])
        failpoint("audiences.after_call")
        Shared.objects.filter(pk__in=[pk for pk, _sealed in held]).delete()
        run.report["removed"] += len(held)


def _pieces(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + AT_ONCE] for start in range(0, len(things), AT_ONCE))


def _finish(destination: Destination, run: Run, by: Actor, now: datetime) -> None:
    run.finished_at = now
    with transaction.atomic():
        run.save(update_fields=["state", "error", "report", "finished_at", "has_file"])
        if destination.every_hours:
            Destination.objects.filter(pk=destination.pk).update(next_at=now + timedelta(hours=destination.every_hours))
        elif run.state == RunState.DONE:  # somebody's erasure had made it due; until that is told it stays so
            Destination.objects.filter(pk=destination.pk).update(next_at=None)
        summary = {name: run.report.get(name, 0) for name in ("members", "added", "removed")} | {"state": run.state}
        audit.record(by, "audiences.told", target=f"audiences.Destination:{destination.pk}", summary=summary, now=now)


class _Sink:
    """Where lines go: a file of this run with a column that says what to do, or calls that are signed."""

    def __init__(self, destination: Destination, run: Run) -> None:
        self._destination, self._run = destination, run
        self._columns = rules.columns_of(destination.layout)
        self._calls = 0
        self._file: Any = None
        self._client: httpx.Client | None = None

    def __enter__(self) -> Self:
        if self._destination.way == Way.FILE:
            path = path_of(self._run)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._file = os.fdopen(os.open(path, flags, 0o600), "w", newline="", encoding="utf-8")
            csv.writer(self._file).writerow(["action", *self._columns])
            # At once: what a run was killed over is in its file, and is not told again.
            self._run.has_file = True
            self._run.save(update_fields=["has_file"])
        else:
            self._url, self._secret = call_of(self._destination)
            self._client = outgoing.client()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._file is not None:
            self._file.close()
        if self._client is not None:
            self._client.close()

    def tell(self, action: str, lines: Sequence[Line]) -> None:
        """Hand over lines; returns once they are safe on the other side. Raises ``NotTaken`` or an HTTP error."""
        if self._file is not None:
            out = io.StringIO()
            csv.writer(out).writerows([action, *(line.get(name, "") for name in self._columns)] for line in lines)
            self._file.write(out.getvalue())
            self._file.flush()
            os.fsync(self._file.fileno())
            return
        assert self._client is not None
        self._calls += 1
        body = json.dumps({"audience": str(self._destination.uuid), "action": action, "members": list(lines)}).encode()
        headers = {
            "Content-Type": "application/json", "Shuke-Delivery": f"{self._run.uuid}:{self._calls}",
            "Shuke-Signature": signature(self._secret, body),
        }  # fmt: skip
        answer = self._client.post(self._url, content=body, headers=headers)
        if not 200 <= answer.status_code < 300:
            raise errors.NotTaken(_("The webhook answered with status %(status)s.") % {"status": answer.status_code})


def signature(secret: str, body: bytes) -> str:
    """Return what a call is signed with: HMAC-SHA256 of its body under the destination's secret, in hexadecimal.

    >>> signature("s", b"{}")[:16]
    'a7ff63ea11c1e6d7'
    """
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def path_of(run: Run) -> Path:
    """Return where the file of a run lies."""
    return Path(settings.SHUKE_FILES_DIR) / "audiences" / str(run.destination.uuid) / f"{run.uuid}.csv"


def note_download(run: Run, *, by: Actor, now: datetime) -> Path:
    """Return the file of a run to somebody who fetches it. Audited. Raises ``UnknownDestination`` once it is gone."""
    path = path_of(run)
    if not run.has_file or not path.exists():
        raise errors.UnknownDestination(_("This file is no longer kept."))
    with transaction.atomic():
        audit.record(by, "audiences.downloaded", target=f"audiences.Run:{run.pk}", now=now)
    return path


def tidy(*, now: datetime) -> int:
    """Remove files that are older than they are kept; return how many."""
    old = Run.objects.filter(has_file=True, began_at__lt=now - FILES_KEPT).select_related("destination")
    gone = list(old[:1_000])
    for run in gone:
        path_of(run).unlink(missing_ok=True)
    return Run.objects.filter(pk__in=[run.pk for run in gone]).update(has_file=False)
