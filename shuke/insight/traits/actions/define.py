"""Defining computed attributes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes.actions import Definition
from shuke.insight.traits import errors, queries
from shuke.insight.traits.models import State, Trait
from shuke.insight.traits.rules import Recipe, is_sound, plain
from shuke.platform.audit import actions as audit
from shuke.platform.jobs import actions as jobs
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

JOB = "traits.compute"


@transaction.atomic
def create(
    code: str, labels: Mapping[str, str], recipe: Recipe, *, description: str = "", by: Actor, now: datetime
) -> Trait:
    """Define a computed attribute and have it worked out. Raises ``BadTrait``, ``BadDefinition`` and ``CodeTaken``."""
    _check(recipe)
    definition = Definition(queries.kind_of(recipe), labels=labels, description=description, is_personal=False)
    made = attributes.create(code, definition, by=by, now=now, is_computed=True)
    trait = Trait.objects.create(
        attribute=made, recipe=plain(recipe), created_by=by.reference, created_at=now, changed_at=now
    )
    audit.record(by, "traits.created", target=_target(trait), summary={"code": code}, now=now)
    ask(trait, by=by, now=now)
    return trait


@transaction.atomic
def update(
    trait: Trait, labels: Mapping[str, str], recipe: Recipe, *, description: str = "", by: Actor, now: datetime
) -> None:
    """Change what is worked out, or what it is called. Raises ``BadTrait``, also where it would change its kind."""
    _check(recipe)
    attribute = trait.attribute
    if queries.kind_of(recipe) != attribute.value_kind:
        raise errors.BadTrait("column", _("The result would be of another kind. Make a new attribute for that."))
    definition = Definition(attribute.value_kind, labels=labels, description=description, is_personal=False)
    attributes.change(attribute, definition, by=by, now=now)
    if plain(recipe) != trait.recipe:
        Trait.objects.filter(pk=trait.pk).update(recipe=plain(recipe), changed_at=now)
        audit.record(by, "traits.changed", target=_target(trait), summary={"code": attribute.code}, now=now)
        ask(trait, by=by, now=now)


@transaction.atomic
def archive(trait: Trait, *, by: Actor, now: datetime) -> None:
    """Stop working an attribute out, and archive it. Raises ``AttributeInUse`` while something rests on it."""
    Trait.objects.filter(pk=trait.pk).update(state=State.ARCHIVED, changed_at=now)
    attributes.archive(trait.attribute, by=by, now=now)
    audit.record(by, "traits.archived", target=_target(trait), summary={"code": trait.attribute.code}, now=now)


def ask(trait: Trait, *, by: Actor | None, now: datetime) -> Job:
    """Queue a computation of one trait."""
    key = f"{JOB}:{trait.pk}"
    return jobs.enqueue(JOB, now=now, by=by, dedupe_key=key, repeat_if_running=True, trait_id=trait.pk)


def _check(recipe: Recipe) -> None:
    if wrong := is_sound(recipe):
        raise errors.BadTrait(wrong, _("Choose something that can be worked out."))


def _target(trait: Trait) -> str:
    return f"traits.Trait:{trait.pk}"
