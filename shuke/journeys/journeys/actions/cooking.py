"""Making a journey from a recipe: its letters become templates, its drawing a draft that is ready to be switched on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from shuke.crm.templates import queries as templates
from shuke.crm.templates.actions import publishing, writing
from shuke.journeys.journeys.actions import defining
from shuke.journeys.journeys.errors import UnknownRecipe
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.queries import cookbook
from shuke.journeys.journeys.rules.letters import EN, LETTERS, ZH, document
from shuke.journeys.journeys.rules.recipes import CHANNELS, RECIPES, Recipe
from shuke.platform.staff.actor import Actor

NO_RECIPE = gettext_noop("There is no such recipe.")
_MARK = "recipe"


@transaction.atomic
def cook(code: str, *, by: Actor, now: datetime) -> Journey:
    """Make a draft from a recipe, with templates for its letters in both languages. Raises ``UnknownRecipe``.

    Templates that an earlier draft of a recipe made are taken again, as they stand by now.
    """
    recipe = RECIPES.get(code)
    if recipe is None:
        raise UnknownRecipe(NO_RECIPE)
    draft = recipe.draw(_templates(recipe, by=by, now=now))
    return defining.create(str(cookbook.WORDS[code][0]), draft, recipe=code, by=by, now=now)


def _templates(recipe: Recipe, *, by: Actor, now: datetime) -> dict[str, dict[str, str]]:
    """Return the public ids of the templates of each letter, by channel, making those that are missing."""
    found: dict[str, dict[str, str]] = {}
    kept = {one.description: one for one in templates.templates()}
    for letter in recipe.letters:
        said = LETTERS[letter]
        found[letter] = {}
        for channel in CHANNELS:
            mark = f"{_MARK}:{letter}:{channel}"
            made = kept.get(mark)
            if made is None or made.published_id is None:
                made = writing.create(
                    name=_free_name(f"{said.en.subject} · {said.zh.subject} ({channel})", {one.name for one in kept.values()}),
                    channel=channel, purpose=said.purpose, description=mark, by=by, now=now,
                    documents={language: document(said, channel, language) for language in (EN, ZH)},
                )  # fmt: skip
                publishing.publish(templates.newest_of(made), by=by, now=now)
                kept[mark] = made
            found[letter][channel] = str(made.uuid)
    return found


def _free_name(wanted: str, taken: set[str]) -> str:
    number, name = 2, wanted[:110]
    while name in taken:
        name, number = f"{wanted[:105]} {number}", number + 1
    return name
