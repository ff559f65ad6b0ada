"""A person's data, packed for them: sealed on the disk, opened once through a link that lives for hours."""

import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.queries import personal
from shuke.cdp.privacy import errors, queries, rules
from shuke.cdp.privacy.actions.certificates import issue
from shuke.cdp.privacy.models import Archive, PrivacyRequest, RequestState
from shuke.cdp.privacy.queries.layout import sections
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.company import queries as company
from shuke.platform.crypto.sealing import seal_bytes, unseal_bytes
from shuke.platform.db.failpoint import failpoint
from shuke.platform.manifest import personal_data
from shuke.platform.staff.actor import Actor


def pack(request_id: int, *, by: Actor, now: datetime) -> None:
    """Put everything held about a person into an archive and close the request; running it again changes nothing."""
    request = PrivacyRequest.objects.get(pk=request_id)
    if request.state != RequestState.RUNNING:
        return
    ids = personal.person(request.customer_id)
    held = {holder.name: holder.export(ids) for holder in personal_data()}
    content = _zip(held, language=_language_of(request.customer_id), now=now)
    hours = queries.settings().archive_hours
    uuid = uuid7()
    _write(_path(uuid), seal_bytes(content, context=rules.ARCHIVE_CONTEXT))
    failpoint("export.written")
    with transaction.atomic():
        Archive.objects.create(
            uuid=uuid, request=request, size_bytes=len(content), created_at=now, expires_at=now + timedelta(hours=hours)
        )
        counts = {name: {"entries": _count(said)} for name, said in held.items() if said}
        issue(request, ids, counts, began_at=now, by=by, now=now)


@transaction.atomic
def issue_link(archive: Archive, *, by: Actor, now: datetime) -> str:
    """Make the link's secret and return it, this once; an earlier one stops working. Audited. Raises ``LinkSpent``."""
    if archive.fetched_at is not None or archive.expires_at <= now:
        raise errors.LinkSpent(_("This archive was fetched or has expired; carry the request out again."))
    token = secrets.token_urlsafe(24)
    Archive.objects.filter(pk=archive.pk).update(token_digest=_digest(token))
    audit.record(by, "privacy.link_issued", target=f"privacy.PrivacyRequest:{archive.request_id}", now=now)
    return token


def find_by_token(token: str, *, now: datetime) -> Archive:
    """Return the archive behind a link that still works. Raises ``LinkSpent``."""
    found = Archive.objects.filter(token_digest=_digest(token), fetched_at=None, expires_at__gt=now).first()
    if found is None or not _path(found.uuid).exists():
        raise errors.LinkSpent(_("This link has been used, replaced, or has expired."))
    return found


def fetch(token: str, *, now: datetime) -> bytes:
    """Return the archive behind a link, once: afterwards the link and the file are gone. Raises ``LinkSpent``."""
    archive = find_by_token(token, now=now)
    content = unseal_bytes(_path(archive.uuid).read_bytes(), context=rules.ARCHIVE_CONTEXT)
    with transaction.atomic():
        if not Archive.objects.filter(pk=archive.pk, fetched_at=None).update(fetched_at=now, token_digest=None):
            raise errors.LinkSpent(_("This link has been used, replaced, or has expired."))
        by = Actor("person", "link", "link")
        audit.record(by, "privacy.archive_fetched", target=f"privacy.PrivacyRequest:{archive.request_id}", now=now)
    _path(archive.uuid).unlink(missing_ok=True)
    return content


def tidy_archives(*, now: datetime) -> int:
    """Remove archives that have expired, and files that belong to none; return how many files went."""
    kept = {str(uuid) for uuid in _unfetched().filter(expires_at__gt=now).values_list("uuid", flat=True)}
    doomed = [path for path in _folder().glob("*.*") if path.suffix == ".draft" or path.stem not in kept]
    old = now - timedelta(hours=1)
    gone = 0
    for path in doomed:
        # One that is being written has no row yet.
        is_new = not Archive.objects.filter(uuid=path.stem).exists() and path.stat().st_mtime > old.timestamp()
        if not is_new:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def remove_archives_of(customer_ids: list[int]) -> int:
    """Remove what was packed for these customers."""
    found = Archive.objects.filter(request__customer_id__in=customer_ids)
    for uuid in found.values_list("uuid", flat=True):
        _path(uuid).unlink(missing_ok=True)
    return found.delete()[0]


def _unfetched() -> Any:
    return Archive.objects.filter(fetched_at=None)


def _folder() -> Path:
    return Path(settings.SHUKE_FILES_DIR) / "privacy"


def _path(uuid: UUID) -> Path:
    return _folder() / f"{uuid}.sealed"


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place in one step, readable by the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _language_of(customer_id: int) -> str:
    """The person's language if we speak it, else the company's."""
    known = [code for code, _name in settings.LANGUAGES]
    spoken = customers.cards_of([customer_id])[customer_id].language.lower()
    wanted = "zh-hans" if spoken.startswith("zh") else spoken[:2]
    return wanted if wanted in known else company.company().language


def _zip(held: Mapping[str, Any], *, language: str, now: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "data.json", json.dumps({"made_at": now, **held}, ensure_ascii=False, indent=1, default=_plain)
        )
        with translation.override(language):
            context = {"company": company.company(), "made_at": now, "sections": sections(held), "language": language}
            archive.writestr("index.html", render_to_string("privacy/archive.html", context))
        archive.writestr("style.css", render_to_string("privacy/archive.css"))
    return packed.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def _count(said: Any) -> int:
    return sum(len(part) for part in said.values() if isinstance(part, list | dict)) if isinstance(said, dict) else 1
