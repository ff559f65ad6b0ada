"""Background work of traits."""

from datetime import timedelta
from typing import Any

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.segments import errors as segments
from shuke.insight.traits import actions, errors, queries
from shuke.platform.jobs.context import JobContext


def compute_one(context: JobContext, *, trait_id: int, **_: Any) -> None:
    """Work one computed attribute out."""
    try:
        trait = queries.trait(trait_id)
        warehouse.catch_up(now=context.now())
        actions.compute(trait, now=context.now(), progress=context.progress)
    except (errors.TraitNotFound, segments.NothingToAnalyse):
        return


def follow_one(context: JobContext, *, automatic_id: int, **_: Any) -> None:
    """Look who has to carry an automatic tag."""
    try:
        actions.follow(queries.automatic_tag(automatic_id), now=context.now())
    except errors.TraitNotFound:
        return


def compute_all(context: JobContext, **_: Any) -> None:
    """Work out every computed attribute, then look at every automatic tag. Only what changed is written."""
    warehouse.catch_up(now=context.now())
    traits, tags = queries.traits(), queries.automatic_tags()
    total = len(traits) + len(tags)
    for done, trait in enumerate(traits):
        if context.is_cancelled():
            return
        context.progress(done, total, trait.attribute.code)
        try:
            actions.compute(trait, now=context.now())
        except segments.NothingToAnalyse:
            break
    for done, tag in enumerate(tags, start=len(traits)):
        if context.is_cancelled():
            return
        context.progress(done, total)
        actions.follow(tag, now=context.now())
    context.progress(total, total)


EVERY = timedelta(hours=6)
