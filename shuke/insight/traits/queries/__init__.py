"""Questions about computed attributes and automatic tags."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.attributes.actions import Kind
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.segments import queries as segments
from shuke.insight.traits import engine, errors
from shuke.insight.traits.models import AutomaticTag, State, Trait
from shuke.insight.traits.rules import Measure, Recipe, Sort, is_sound, read
from shuke.platform.manifest import Use

_KINDS = {Sort.MONEY: Kind.MONEY, Sort.NUMBER: Kind.NUMBER, Sort.DAY: Kind.DATE, Sort.TEXT: Kind.TEXT}
SAMPLE = 8


def traits() -> list[Trait]:
    """Return the computed attributes in use, by label."""
    found = Trait.objects.filter(state=State.ACTIVE).select_related("attribute")
    return sorted(found, key=lambda one: (one.attribute.label.casefold(), one.pk))


def trait(pk: int) -> Trait:
    """Return a computed attribute. Raises ``TraitNotFound``."""
    found = Trait.objects.select_related("attribute").filter(pk=pk, state=State.ACTIVE).first()
    if found is None:
        raise errors.TraitNotFound
    return found


def recipe_of(found: Trait) -> Recipe:
    """Return how a trait is worked out."""
    return read(found.recipe)


def kind_of(recipe: Recipe) -> Kind:
    """Return the kind of attribute that a recipe fills."""
    return _KINDS[recipe.sort]


def expression(recipe: Recipe, *, as_of: date) -> ir.Table:
    """Return the question to the warehouse: ``customer_id`` and ``value``."""
    return engine.values(recipe, as_of=as_of, table=warehouse.today)


def as_value(recipe: Recipe, found: Any) -> Any:
    """Return a figure of the warehouse as an attribute takes it: amounts are whole, averages of numbers short."""
    if found is None:
        return None
    if recipe.sort is Sort.MONEY:
        return round(found)
    if recipe.sort is Sort.NUMBER:
        figure = round(float(found), 4)
        return int(figure) if figure.is_integer() else figure
    return found.isoformat() if isinstance(found, date) else str(found)[:500]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recipe would find: of how many customers, a few of them, the day it speaks of."""

    count: int
    sample: list[tuple[int, Any]]
    as_of: date


def preview(recipe: Recipe) -> Preview:
    """Work a recipe out without saving anything. Raises ``BadTrait`` and ``NothingToAnalyse``."""
    if wrong := is_sound(recipe):
        raise errors.BadTrait(wrong, _("Choose something that can be worked out."))
    day = segments.today()
    found = expression(recipe, as_of=day)
    count = int(warehouse.scalar(found.count()))
    scattered = (found.customer_id % 2**31 * 1_540_483_477) % 2**31
    rows = warehouse.rows(found.order_by(scattered, found.customer_id).limit(SAMPLE))
    return Preview(count, [(row["customer_id"], as_value(recipe, row["value"])) for row in rows], day)


# -- automatic tags


def automatic_tags() -> list[AutomaticTag]:
    """Return the tags that follow a segment, by name."""
    return list(AutomaticTag.objects.select_related("tag", "segment").order_by("tag__name"))


def automatic_tag(pk: int) -> AutomaticTag:
    """Return a tag that follows a segment. Raises ``TraitNotFound``."""
    found = AutomaticTag.objects.select_related("tag", "segment").filter(pk=pk).first()
    if found is None:
        raise errors.TraitNotFound
    return found


def followed(tag_ids: Collection[int]) -> dict[int, AutomaticTag]:
    """Return which of some tags follow which segment."""
    if not tag_ids:
        return {}
    return {one.tag_id: one for one in AutomaticTag.objects.filter(tag_id__in=tag_ids).select_related("segment")}


def follows(segment_ids: Collection[int]) -> list[AutomaticTag]:
    """Return the tags that follow one of some segments."""
    return list(AutomaticTag.objects.filter(segment_id__in=segment_ids).select_related("tag", "segment"))


# -- lineage


def uses() -> list[Use]:
    """Return what computed attributes and automatic tags rest on."""
    found = [
        Use(
            f"attribute:{one.attribute.code}", _("Computed attribute “%(name)s”") % {"name": one.attribute.label},
            reverse("traits:detail", args=[one.pk]),
        )
        for one in traits()
    ]  # fmt: skip
    for tag in automatic_tags():
        label, url = _("Automatic tag “%(name)s”") % {"name": tag.tag.name}, reverse("traits:tags")
        found += [Use(f"segment:{tag.segment.uuid}", label, url), Use(f"tag:{tag.tag_id}", label, url)]
    return found


__all__ = [
    "Measure", "Preview", "as_value", "automatic_tag", "automatic_tags", "expression", "followed", "follows", "kind_of",
    "preview", "recipe_of", "trait", "traits", "uses",
]  # fmt: skip
