"""Writing templates: a new one, a new version, an old version taken up again, putting away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates import queries
from shuke.crm.templates.errors import BadTemplate, UnknownTemplate
from shuke.crm.templates.models import Template, Text, Version
from shuke.crm.templates.queries.checking import read_document
from shuke.crm.templates.rules import LANGUAGES
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

_TAKEN = _("There is a template of this name already.")
_NO_NAME = _("A template needs a name.")
_NO_TEXT = _("A template needs a text in one language at least.")
_NO_LANGUAGE = _("Templates are written in English and Chinese.")


def create(
    *, name: str, channel: str, purpose: str, documents: Mapping[str, Any], by: Actor, now: datetime,
    topic: str = "", description: str = "", note: str = "",
) -> Template:  # fmt: skip
    """Make a template with its first version. Raises ``BadTemplate``."""
    read = _readable(channel, documents)
    if not name.strip():
        raise BadTemplate(_NO_NAME)
    try:
        with transaction.atomic():
            made = Template.objects.create(
                uuid=uuid7(), name=name.strip()[:120], channel=channel, purpose=purpose, topic=topic.strip()[:64],
                description=description.strip()[:500], created_at=now, changed_at=now,
            )  # fmt: skip
            _version(made, 1, read, note=note, by=by, now=now)
            summary = {"channel": channel, "purpose": purpose}
            record(by, "template.created", target=f"templates.Template:{made.pk}", summary=summary, now=now)
    except IntegrityError as taken:
        raise BadTemplate(_TAKEN) from taken
    return made


@transaction.atomic
def revise(
    template: Template, documents: Mapping[str, Any], *, by: Actor, now: datetime, note: str = "",
    restored_from: int | None = None,
) -> Version:  # fmt: skip
    """Save texts as a new version; saving what is there already makes none. Raises ``BadTemplate``."""
    read = _readable(template.channel, documents)
    locked = Template.objects.select_for_update().filter(pk=template.pk, is_archived=False).first()
    if locked is None:
        raise UnknownTemplate(_("There is no such template."))
    newest = queries.newest_of(locked)
    if restored_from is None and {one: text.document for one, text in queries.texts_of(newest).items()} == read:
        return newest
    made = _version(locked, newest.number + 1, read, note=note, by=by, now=now, restored_from=restored_from)
    Template.objects.filter(pk=locked.pk).update(changed_at=now)
    summary = {"version": made.number, "languages": sorted(read)}
    record(by, "template.revised", target=f"templates.Template:{template.pk}", summary=summary, now=now)
    return made


def restore(template: Template, number: int, *, by: Actor, now: datetime) -> Version:
    """Take up the texts of an earlier version again, as a new one. Raises ``UnknownTemplate``."""
    old = queries.version_of(template, number)
    documents = {language: text.document for language, text in queries.texts_of(old).items()}
    return revise(template, documents, by=by, now=now, restored_from=number)


@transaction.atomic
def describe(template: Template, *, name: str, description: str, topic: str, by: Actor, now: datetime) -> None:
    """Change how a template is called and what it is about. Raises ``BadTemplate``."""
    if not name.strip():
        raise BadTemplate(_NO_NAME)
    try:
        with transaction.atomic():
            Template.objects.filter(pk=template.pk).update(
                name=name.strip()[:120], description=description.strip()[:500], topic=topic.strip()[:64], changed_at=now
            )
    except IntegrityError as taken:
        raise BadTemplate(_TAKEN) from taken
    record(by, "template.described", target=f"templates.Template:{template.pk}", now=now)


@transaction.atomic
def archive(template: Template, *, by: Actor, now: datetime, is_archived: bool = True) -> None:
    """Put a template away, or take it out again. Raises ``BadTemplate`` if its name is taken meanwhile."""
    try:
        with transaction.atomic():
            changed = Template.objects.filter(pk=template.pk, is_archived=not is_archived).update(
                is_archived=is_archived, changed_at=now
            )
    except IntegrityError as taken:
        raise BadTemplate(_TAKEN) from taken
    if changed:
        verb = "template.archived" if is_archived else "template.reopened"
        record(by, verb, target=f"templates.Template:{template.pk}", now=now)


def _readable(channel: str, documents: Mapping[str, Any]) -> dict[str, Any]:
    """Return documents as they are kept: read and written again, so that two that mean the same are the same."""
    if not documents:
        raise BadTemplate(_NO_TEXT)
    if not set(documents) <= set(LANGUAGES):
        raise BadTemplate(_NO_LANGUAGE)
    return {
        language: read_document(channel, said).model_dump(mode="json") for language, said in sorted(documents.items())
    }


def _version(
    template: Template, number: int, documents: Mapping[str, Any], *, note: str, by: Actor, now: datetime,
    restored_from: int | None = None,
) -> Version:  # fmt: skip
    made = Version.objects.create(
        template=template, number=number, note=note.strip()[:200], restored_from=restored_from, created_at=now,
        created_by=by.reference, created_by_label=by.label,
    )  # fmt: skip
    Text.objects.bulk_create(
        Text(version=made, language=language, document=said) for language, said in documents.items()
    )
    return made
