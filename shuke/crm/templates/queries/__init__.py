"""Questions about templates, and the doors of whoever sends: ``find``, ``needs``, ``people``, ``compile``, ``render``.

A sender asks once for ``needs`` and ``compile`` (kept, since a published version never changes), for each batch for
``people``, and for each message for ``render``. What happened comes as ``context``: ``order``, ``cart``, ``coupon`` … and always
``unsubscribe_url``, ``preferences_url``, ``view_url``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates.engine.compiling import ESCAPED, ONE_LINE, PARAM
from shuke.crm.templates.engine.liquid import Piece, Stopped
from shuke.crm.templates.errors import NotPublished, RenderingStopped, UnknownTemplate
from shuke.crm.templates.models import Picture, Snippet, Template, Text, Version
from shuke.crm.templates.queries.people import Person, people
from shuke.crm.templates.rules import BrandKit, Needs, best_language, in_one_line
from shuke.crm.templates.rules.ready import READY, Ready
from shuke.kernel.messages import Content
from shuke.platform.company import queries as company

__all__ = ["Needs", "Person", "people"]

VIEW, EDIT, APPROVE = "templates.view", "templates.edit", "templates.approve"
_NOT_PUBLISHED = _("This version is not published.")


# -- templates


def templates(*, channel: str = "", purpose: str = "", text: str = "", archived: bool = False) -> QuerySet[Template]:
    """Return templates, narrowed by what is said."""
    rows = Template.objects.filter(is_archived=archived).select_related("published")
    if channel:
        rows = rows.filter(channel=channel)
    if purpose:
        rows = rows.filter(purpose=purpose)
    return rows.filter(name__icontains=text) if text else rows


def find(public_id: UUID | str) -> Template:
    """Return a template by public id. Raises ``UnknownTemplate``."""
    row = found([public_id]).get(str(public_id))
    if row is None:
        raise UnknownTemplate(_("There is no such template."))
    return row


def found(public_ids: Sequence[UUID | str]) -> dict[str, Template]:
    """Return those templates that are there by public id, in one query."""
    uuids = [one for public_id in public_ids if (one := as_uuid(public_id)) is not None]
    rows = Template.objects.filter(uuid__in=uuids).select_related("published")
    return {str(one.uuid): one for one in rows}


def as_uuid(public_id: UUID | str) -> UUID | None:
    """Return a public id as one, None for what is not."""
    try:
        return public_id if isinstance(public_id, UUID) else UUID(public_id)
    except ValueError:
        return None


def usable(channel: str = "", *, purposes: Sequence[str] = ()) -> list[Template]:
    """Return templates that can be sent (published, not archived), by name."""
    rows = Template.objects.filter(is_archived=False, published__isnull=False).select_related("published")
    if channel:
        rows = rows.filter(channel=channel)
    if purposes:
        rows = rows.filter(purpose__in=purposes)
    return list(rows.order_by("name", "pk"))


def versions_of(template: Template) -> list[Version]:
    """Return a template's versions, newest first."""
    return list(Version.objects.filter(template=template).order_by("-number"))


def newest_of(template: Template) -> Version:
    """Return the version that was saved last."""
    newest = Version.objects.filter(template=template).order_by("-number").first()
    assert newest is not None
    return newest


def version_of(template: Template, number: int) -> Version:
    """Return a version by its number. Raises ``UnknownTemplate``."""
    row = Version.objects.filter(template=template, number=number).first()
    if row is None:
        raise UnknownTemplate(_("There is no such version."))
    return row


def texts_of(version: Version) -> dict[str, Text]:
    """Return a version's texts by language."""
    return {one.language: one for one in Text.objects.filter(version=version).order_by("language")}


def languages_of(templates: Sequence[Template]) -> dict[int, list[str]]:
    """Return the languages in which templates are published, by template, in one query."""
    spoken: dict[int, list[str]] = {}
    rows = Text.objects.filter(version_id__in=[one.published_id for one in templates if one.published_id])
    for template_id, language in rows.order_by("language").values_list("version__template_id", "language"):
        spoken.setdefault(template_id, []).append(language)
    return spoken


def ready() -> tuple[Ready, ...]:
    """Return the templates to begin with, in both languages."""
    return READY


# -- what surrounds them


def brand() -> BrandKit:
    """Return how the company looks."""
    return company.settings_of("templates", BrandKit)


def snippets() -> list[Snippet]:
    """Return the shared texts, by name."""
    return list(Snippet.objects.order_by("name", "pk"))


def snippet(code: str) -> Snippet:
    """Return a shared text. Raises ``UnknownTemplate``."""
    row = Snippet.objects.filter(code=code).first()
    if row is None:
        raise UnknownTemplate(_("There is no such snippet."))
    return row


def pictures() -> QuerySet[Picture]:
    """Return the pictures for messages."""
    return Picture.objects.all()


def picture(uuid: UUID) -> Picture:
    """Return a picture. Raises ``UnknownTemplate``."""
    row = Picture.objects.filter(uuid=uuid).first()
    if row is None:
        raise UnknownTemplate(_("There is no such picture."))
    return row


# -- rendering


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version in one language, read and ready to be filled."""

    version_id: int
    channel: str
    language: str
    pieces: Mapping[str, Piece]
    needs: Needs


@dataclass(frozen=True, slots=True)
class Missing:
    """A message that would have a hole: the variables without data and without a fallback."""

    names: tuple[str, ...]


@lru_cache(maxsize=256)
def needs(version_id: int) -> Needs:
    """Return what a published version needs. Raises ``NotPublished``."""
    said = Version.objects.filter(pk=version_id).values_list("needs", flat=True).first()
    if said is None:
        raise NotPublished(_NOT_PUBLISHED)
    return Needs.of(said)


def compile(version_id: int, language: str = "") -> Compiled:  # noqa: A001
    """Return a published version ready to be filled, in the language that comes nearest. Raises ``NotPublished``."""
    return _compiled(version_id, language.strip().lower().replace("_", "-"))


@lru_cache(maxsize=256)
def _compiled(version_id: int, language: str) -> Compiled:
    rows = Text.objects.filter(version_id=version_id, prepared__isnull=False)
    by_language = {one.language: one for one in rows.select_related("version__template")}
    if not by_language:
        raise NotPublished(_NOT_PUBLISHED)
    owner = company.find_company()
    text = by_language[best_language(language, by_language, owner.language if owner else "en")]
    return assembled(version_id, text.version.template.channel, text.language, text.prepared or {}, needs(version_id))


def assembled(version_id: int, channel: str, language: str, prepared: Mapping[str, str], needed: Needs) -> Compiled:
    """Return fields with places ready to be filled. Raises ``RenderingStopped`` for what cannot be read."""
    try:
        pieces = {name: Piece(text, escapes=name in ESCAPED) for name, text in prepared.items()}
    except Stopped as refusal:
        raise stopped(refusal) from refusal
    return Compiled(version_id, channel, language, pieces, needed)


def forget_compiled() -> None:
    """Forget what is kept of compiled versions; for tests, which take their tables back."""
    needs.cache_clear()
    _compiled.cache_clear()


def stopped(refusal: Stopped) -> RenderingStopped:
    """Return the refusal of this domain for one of the engine."""
    return RenderingStopped("%(limit)s: %(detail)s", limit=refusal.code, detail=refusal.detail)


def render(compiled: Compiled, person: Person, context: Mapping[str, Any]) -> Content | Missing:
    """Return what a message says to a person, or what is missing for it. Raises ``RenderingStopped``."""
    values = {**person.facts, **context, "language": compiled.language}
    said: dict[str, str] = {}
    missing: dict[str, None] = {}
    try:
        for name, piece in compiled.pieces.items():
            filled = piece.fill(values)
            missing |= dict.fromkeys(filled.missing)
            said[name] = in_one_line(filled.text) if name in ONE_LINE else filled.text
    except Stopped as refusal:
        raise stopped(refusal) from refusal
    if missing:
        return Missing(tuple(_whole_names(missing, compiled.needs)))
    params = {name.removeprefix(PARAM): said.pop(name) for name in list(said) if name.startswith(PARAM)}
    return Content(params=params, **said)


def _whole_names(missing: Mapping[str, None], needed: Needs) -> list[str]:
    """Return missing names by their whole path: of a missing ``order`` those paths below it that are shown."""
    names: dict[str, None] = {}
    for name in missing:
        below = [path for path in needed.without_fallback if path == name or path.startswith(f"{name}.")]
        names |= dict.fromkeys(below or [name])
    return list(names)
