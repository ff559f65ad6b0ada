"""Making, changing and closing sources, and their keys."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shuke.cdp.ingest.actions.book import BOOK
from shuke.cdp.ingest.errors import BadSource, UnknownSource
from shuke.cdp.ingest.models import ConsentMode, Source, SourceKind
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.company.actions import shop_named
from shuke.platform.staff.actor import Actor

KEY_BYTES = 24
CHANGEABLE = ("name", "kind", "quota_per_second", "filters_bots", "consent_mode", "is_order_truth")
# Pages in caches and apps in pockets go on using the earlier key for a while.
GRACE = timedelta(days=30)


def create(
    *,
    name: str,
    shop_id: int,
    by: Actor,
    now: datetime,
    kind: str = SourceKind.BROWSER,
    quota_per_second: int = 0,
    filters_bots: bool = True,
    consent_mode: str = ConsentMode.NOT_ASKED,
    is_order_truth: bool = False,
    write_key: str = "",
    shop_name: str = "",
) -> Source:
    """Open a source with a key of its own, and with ``shop_name`` a new shop for it instead of ``shop_id``.

    Raises ``BadSource``. Audited, without the key.
    """
    clean = " ".join(name.split())[:120]
    if not clean:
        raise BadSource(_("A source needs a name."))
    with _one_truth(), transaction.atomic():
        if not shop_id:
            shop_id = shop_named(" ".join(shop_name.split())[:200], now=now, kind="source").pk
        made = Source.objects.create(
            uuid=uuid7(), code=_free_code(clean), name=clean, kind=kind, shop_id=shop_id,
            write_key=write_key or secrets.token_urlsafe(KEY_BYTES), quota_per_second=quota_per_second,
            filters_bots=filters_bots, consent_mode=consent_mode, is_order_truth=is_order_truth, created_at=now,
            created_by=by.reference, changed_at=now,
        )  # fmt: skip
        _done(made, "ingest.source_created", {"name": clean, "kind": kind}, by, now)
    return made


def change(source_id: int, *, by: Actor, now: datetime, **changes: Any) -> Source:
    """Change what may be changed (``CHANGEABLE``). Raises ``UnknownSource`` and ``BadSource``."""
    with _one_truth(), transaction.atomic():
        source = _locked(source_id)
        changed = [name for name in CHANGEABLE if name in changes and getattr(source, name) != changes[name]]
        for name in changed:
            setattr(source, name, changes[name])
        if not source.name.strip():
            raise BadSource(_("A source needs a name."))
        if changed:
            source.changed_at = now
            source.save(update_fields=[*changed, "changed_at"])
            _done(source, "ingest.source_changed", {"fields": sorted(changed)}, by, now)
    return source


@transaction.atomic
def rotate_key(source_id: int, *, by: Actor, now: datetime, at_once: bool = False) -> Source:
    """Give a source a new key; the earlier one goes on working for a while, unless it must stop ``at_once``."""
    source = _locked(source_id)
    source.previous_key = "" if at_once else source.write_key
    source.previous_key_until = None if at_once else now + GRACE
    source.write_key, source.changed_at = secrets.token_urlsafe(KEY_BYTES), now
    source.save(update_fields=["write_key", "previous_key", "previous_key_until", "changed_at"])
    _done(source, "ingest.key_rotated", {"at_once": at_once}, by, now)
    return source


@transaction.atomic
def archive(source_id: int, *, by: Actor, now: datetime) -> None:
    """Close a source: its keys stop at once, what it sent stays."""
    source = _locked(source_id)
    if source.archived_at is None:
        source.archived_at = source.changed_at = now
        source.save(update_fields=["archived_at", "changed_at"])
        _done(source, "ingest.source_archived", {"name": source.name}, by, now)


def restore(source_id: int, *, by: Actor, now: datetime) -> None:
    """Open a closed source again, under its keys. Raises ``BadSource`` if another is the shop's only word meanwhile."""
    with _one_truth(), transaction.atomic():
        source = _locked(source_id)
        if source.archived_at is not None:
            source.archived_at, source.changed_at = None, now
            source.save(update_fields=["archived_at", "changed_at"])
            _done(source, "ingest.source_restored", {"name": source.name}, by, now)


def _locked(source_id: int) -> Source:
    source = Source.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise UnknownSource(_("This source is not here any more."))
    return source


def _done(source: Source, verb: str, summary: dict[str, Any], by: Actor, now: datetime) -> None:
    audit.record(by, verb, target=f"ingest.Source:{source.pk}", summary=summary, now=now)
    transaction.on_commit(BOOK.forget)


def _free_code(name: str) -> str:
    code = slugify(name)[:40] or "source"
    taken = set(Source.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(each for each in (code, *(f"{code}-{n}" for n in range(2, 10_000))) if each not in taken)


@contextmanager
def _one_truth() -> Iterator[None]:
    """Turn the database's refusal of a second only source of a shop into words."""
    try:
        yield
    except IntegrityError as taken:
        raise BadSource(_("Another source is already this shop's only word on its orders.")) from taken
