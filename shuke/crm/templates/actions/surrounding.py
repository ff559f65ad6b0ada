"""What surrounds templates: the brand kit, snippets, pictures."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates import queries
from shuke.crm.templates.engine.compiling import snippets_in
from shuke.crm.templates.engine.liquid import Stopped, names_in
from shuke.crm.templates.errors import BadPicture, BadTemplate
from shuke.crm.templates.models import Picture, Snippet
from shuke.crm.templates.rules import LANGUAGES, BrandKit
from shuke.crm.templates.rules.documents import SmsDocument
from shuke.crm.templates.rules.pictures import MOST_BYTES, MOST_PIXELS, measure
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor

_TOO_HEAVY = _(
    "The file has %(kilobytes)s kB; pictures in messages may have %(limit)s kB. Make it smaller and try again."
)
_TOO_LARGE = _("The picture is %(width)s × %(height)s; %(limit)s in each direction is the most.")
_NO_PICTURE = _("This is not a PNG, JPEG, GIF or WebP picture.")
_NO_SNIPPET = _("A snippet needs a code of letters, digits and hyphens, a name and a text.")
_NESTED = _("A snippet cannot contain another.")


@transaction.atomic
def set_brand(values: BrandKit, *, by: Actor, now: datetime) -> list[str]:
    """Change how the company looks; return the names of what changed. What is published stays as it is."""
    before, after = queries.brand().model_dump(), values.model_dump()
    changed = sorted(name for name in after if before[name] != after[name])
    if changed:
        company.save_settings("templates", values, now=now)
        record(by, "template.brand_changed", target="templates.BrandKit", summary={"fields": changed}, now=now)
    return changed


@transaction.atomic
def write_snippet(code: str, *, name: str, texts: Mapping[str, str], by: Actor, now: datetime) -> Snippet:
    """Make a shared text or change it. Templates show the change when they are published again. Raises ``BadTemplate``."""
    said = {language: text.strip() for language, text in texts.items() if language in LANGUAGES and text.strip()}
    if not code or not name.strip() or not said:
        raise BadTemplate(_NO_SNIPPET)
    for text in said.values():
        if snippets_in(SmsDocument(text=text[:1_000], provider_code="")):
            raise BadTemplate(_NESTED)
        try:
            names_in(text)
        except Stopped as refusal:
            raise queries.stopped(refusal) from refusal
    made, _is_new = Snippet.objects.update_or_create(
        code=code, defaults={"name": name.strip()[:120], "texts": said, "changed_at": now}
    )
    record(by, "template.snippet_written", target=f"templates.Snippet:{made.pk}", summary={"name": code}, now=now)
    return made


def add_picture(data: bytes, *, name: str, by: Actor, now: datetime) -> Picture:
    """Keep a picture for messages; the same picture once. Raises ``BadPicture``."""
    if len(data) > MOST_BYTES:
        raise BadPicture(_TOO_HEAVY, kilobytes=len(data) // 1_000, limit=MOST_BYTES // 1_000)
    found = measure(data)
    if found is None:
        raise BadPicture(_NO_PICTURE)
    if max(found.width, found.height) > MOST_PIXELS:
        raise BadPicture(_TOO_LARGE, width=found.width, height=found.height, limit=MOST_PIXELS)
    digest = hashlib.sha256(data).hexdigest()
    known = Picture.objects.filter(sha256=digest).first()
    if known is not None:
        return known
    uuid = uuid7()
    file = default_storage.save(f"pictures/{uuid}.{found.kind}", ContentFile(data))
    with transaction.atomic():
        made = Picture.objects.create(
            uuid=uuid, name=name.strip()[:200] or str(uuid), file=file, kind=found.kind, width=found.width,
            height=found.height, size=len(data), sha256=digest, created_at=now, created_by=by.reference,
        )  # fmt: skip
        record(
            by, "template.picture_added", target=f"templates.Picture:{made.pk}", summary={"bytes": len(data)}, now=now
        )
    return made
