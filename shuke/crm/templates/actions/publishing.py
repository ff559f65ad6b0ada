"""Publishing: from then on a version is what is sent. A transactional one takes a second person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates import queries
from shuke.crm.templates.errors import NeedsSecondPerson, NotPublishable
from shuke.crm.templates.models import Template, Text, Version
from shuke.crm.templates.queries.checking import Looked, looked_at, needs_of_looked
from shuke.crm.templates.queries.wording import finding
from shuke.crm.templates.rules import TRANSACTIONAL
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

_NOT_ASKED = _("Nobody asked for this version to be published.")
_SAME_PERSON = _("A transactional message needs a second person: somebody else than who asked has to agree.")


def publish(version: Version, *, by: Actor, now: datetime) -> bool:
    """Publish a version, or ask for the approval it needs; return whether it is published now.

    Publishing again compiles nothing. Raises ``NotPublishable`` with the first error of the checks.
    """
    template = version.template
    looked = _good(version)
    if template.purpose == TRANSACTIONAL and not version.approved_by:
        with transaction.atomic():
            Version.objects.filter(pk=version.pk, submitted_at=None).update(submitted_at=now, submitted_by=by.reference)
            record(by, "template.submitted", target=f"templates.Template:{template.pk}",
                   summary={"version": version.number}, now=now)  # fmt: skip
        return False
    _bring_out(version, looked, by=by, now=now)
    return True


def approve(version: Version, *, by: Actor, now: datetime) -> None:
    """Agree to a transactional version, as a second person, and publish it.

    Raises ``NeedsSecondPerson`` and ``NotPublishable``.
    """
    if version.submitted_at is None:
        raise NotPublishable(_NOT_ASKED)
    if by.reference in {version.submitted_by, version.created_by}:
        raise NeedsSecondPerson(_SAME_PERSON)
    looked = _good(version)
    with transaction.atomic():
        Version.objects.filter(pk=version.pk).update(approved_by=by.reference, approved_by_label=by.label)
        _bring_out(version, looked, by=by, now=now)


def _good(version: Version) -> dict[str, Looked]:
    """Return a version's texts, compiled. Raises ``NotPublishable`` if there is an error in one."""
    template = version.template
    texts = {language: text.document for language, text in queries.texts_of(version).items()}
    looked = looked_at(template.channel, template.purpose, texts)
    for language, one in looked.items():
        if not one.is_good:
            raise NotPublishable("%(language)s: %(finding)s", language=language, finding=finding(one.findings[0]))
    return looked


@transaction.atomic
def _bring_out(version: Version, looked: dict[str, Looked], *, by: Actor, now: datetime) -> None:
    Template.objects.select_for_update().get(pk=version.template_id)
    if Version.objects.filter(pk=version.pk, published_at=None).update(
        published_at=now, needs=needs_of_looked(looked).plain()
    ):
        for text in Text.objects.filter(version=version):
            text.prepared = dict(looked[text.language].prepared)
            text.save(update_fields=["prepared"])
    Template.objects.filter(pk=version.template_id).update(published=version, changed_at=now)
    summary = {"version": version.number}
    record(by, "template.published", target=f"templates.Template:{version.template_id}", summary=summary, now=now)
