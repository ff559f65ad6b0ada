"""Consents from a file: each row a decision with its evidence, or a refusal that says why."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.actions.consents import Statement, record
from shuke.cdp.events.actions import Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.company import queries as company
from shuke.platform.staff.actor import Actor

COLUMNS = ("channel", "address", "purpose", "topic", "action", "occurred_at", "evidence")
_NEEDED = frozenset({"channel", "address", "purpose", "action", "occurred_at"})
MOST_BYTES = 4 * 1024 * 1024
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file: counts, and the refused rows with their numbers and reasons."""

    recorded: int
    repeated: int
    refused: list[tuple[int, str]]


def import_consents(content: bytes, *, by: Actor, now: datetime) -> Report:
    """Keep the decisions that a CSV file (UTF-8, heading row with ``COLUMNS``) tells of; the same file again changes nothing.

    Audited. Rows without evidence bring no more than service. Raises ``BadFile``.
    """
    rows = _rows(content)
    found = company.find_company()
    region = rules.region_of_zone(found.time_zone) if found else ""
    digest = hashlib.sha256(content).hexdigest()
    origin = Provenance("import", by.reference, now, historical=True)
    counts = {"recorded": 0, "repeated": 0}
    refused: list[tuple[int, str]] = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        piece = list(enumerate(rows[start : start + _ROWS_AT_ONCE], start=start + 2))
        said = [(number, _statement(row, number, digest, region)) for number, row in piece]
        refused += [(number, "bad_time") for number, one in said if one is None]
        sound = [(number, one) for number, one in said if one is not None]
        with transaction.atomic():
            outcomes = record([one for _number, one in sound], by=origin)
        for (number, _one), outcome in zip(sound, outcomes, strict=True):
            if outcome.status == "refused":
                refused.append((number, outcome.reason))
            else:
                counts[outcome.status] += 1
    with transaction.atomic():
        summary = counts | {"refused": len(refused)}
        audit.record(by, "customers.consents_imported", summary=summary, now=now)
    return Report(counts["recorded"], counts["repeated"], sorted(refused))


def _rows(content: bytes) -> list[dict[str, str]]:
    if len(content) > MOST_BYTES:
        raise errors.BadFile(_("The file is too large: cut it into pieces of 4 MB."))
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        if missing := sorted(_NEEDED - set(reader.fieldnames or ())):
            text = _("Columns are missing: %(names)s.") % {"names": ", ".join(missing)}
            raise errors.BadFile(text, missing=missing)
        return [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in reader]
    except (UnicodeDecodeError, csv.Error) as broken:
        raise errors.BadFile(_("This is no CSV file in UTF-8.")) from broken


def _statement(row: dict[str, str], number: int, digest: str, region: str) -> Statement | None:
    """Return what a row says; None where it does not say when."""
    try:
        at = datetime.fromisoformat(row["occurred_at"])
    except ValueError:
        return None
    return said_in_file(
        channel=row["channel"].lower(), address=row["address"], purpose=row["purpose"].lower(), topic=row["topic"][:64],
        action=row["action"].lower(), at=at, reference=row["evidence"], digest=digest, row=number, region=region,
    )  # fmt: skip


def said_in_file(
    *,
    channel: str,
    address: str,
    purpose: str,
    action: str,
    at: datetime,
    reference: str,
    digest: str,
    row: int,
    topic: str = "",
    region: str = "",
) -> Statement:
    """Return a decision that a row of a file tells of; its evidence names the file and the row."""
    evidence = {"reference": reference, "file": digest, "row": str(row)} if reference else {}
    return Statement(
        channel=channel, address=address, purpose=purpose, topic=topic, action=action, method="import",
        occurred_at=at if at.tzinfo else at.replace(tzinfo=UTC), evidence=evidence, region=region,
    )  # fmt: skip
