"""Pages of computed attributes and automatic tags."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.attributes.errors import BadDefinition, CodeTaken
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.queries import typed
from shuke.cdp.attributes.queries.wording import worded
from shuke.cdp.customers import queries as customers
from shuke.cdp.warehouse.errors import WarehouseError
from shuke.insight.segments import queries as segments
from shuke.insight.segments.errors import NothingToAnalyse
from shuke.insight.traits import actions, errors, queries
from shuke.insight.traits.forms import COLUMN_LABELS, FACTS, FILTER_LABELS, MEASURES, AutomaticTagForm, TraitForm
from shuke.insight.traits.models import Trait
from shuke.insight.traits.rules import COLUMNS, FILTERS, FITTING, Facts, Measure, Recipe
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.manifest import uses_of
from shuke.platform.ui import formats


@page("segments.view")
def index(request: Request) -> HttpResponse:
    """List the computed attributes."""
    lines = [{"trait": one, "words": in_words(queries.recipe_of(one))} for one in queries.traits()]
    context = {"lines": lines, "tab": "traits", "may_edit": may(request, "traits.edit")}
    return render(request, "traits/list.html", context)


@page("traits.edit", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Define a computed attribute."""
    form = TraitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.create(
                said["code"].strip(), _labels(said), form.recipe(), description=said["description"], by=request.actor,
                now=request.now,
            )  # fmt: skip
        except ShukeError as refusal:
            form.add_error(_field_of(refusal, form), str(refusal))
        else:
            messages.success(request, _("Saved. The values are worked out in the background."))
            return redirect("traits:detail", made.pk)
    return _form(request, form)


@page("traits.edit", methods=("GET", "POST"))
def edit(request: Request, pk: int) -> HttpResponse:
    """Change what is worked out."""
    trait = find(pk)
    form = TraitForm(request.POST or None, trait=trait)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.update(
                trait, _labels(said), form.recipe(), description=said["description"], by=request.actor, now=request.now
            )
        except ShukeError as refusal:
            form.add_error(_field_of(refusal, form), str(refusal))
        else:
            messages.success(request, _("Saved. The values are worked out in the background."))
            return redirect("traits:detail", pk)
    return _form(request, form, trait)


def _form(request: Request, form: TraitForm, trait: Trait | None = None) -> HttpResponse:
    context = {
        "form": form, "trait": trait, "with_column": " ".join(one.value for one, sorts in FITTING.items() if sorts),
        "filters": [
            (form[name], " ".join(facts.value for facts in Facts if name in FILTERS[facts])) for name in FILTER_LABELS
        ],
    }  # fmt: skip
    return render(request, "traits/form.html", context, status=422 if form.errors else 200)


@page("traits.edit", methods=("POST",))
def preview(request: Request) -> HttpResponse:
    """Answer the form while it is filled in: of how many customers there is a value, and a few of them.

    What is not finished yet is the usual case here, hence no refusal by status.
    """
    form = TraitForm(request.POST)
    form.fields.pop("code", None)
    context: dict[str, Any] = {}
    if form.is_valid():
        recipe = form.recipe()
        try:
            found = queries.preview(recipe)
            context = {"found": found, "words": in_words(recipe), "sample": _sample(request, recipe, found)}
        except errors.BadTrait as refusal:
            context = {"hint": _hint(recipe, refusal)}
        except (NothingToAnalyse, WarehouseError) as refusal:
            context = {"hint": str(refusal)}
    return render(request, "traits/_preview.html", context)


def _hint(recipe: Recipe, refusal: errors.BadTrait) -> str:
    if refusal.field != "column":
        return str(FILTER_LABELS.get(refusal.field, refusal))
    fitting = [
        str(COLUMN_LABELS[name]) for name, sort in COLUMNS[recipe.facts].items() if sort in FITTING[recipe.measure]
    ]
    return _("Choose what: %(names)s") % {"names": formats.listed(fitting)}


def _sample(request: Request, recipe: Recipe, found: queries.Preview) -> list[dict[str, Any]]:
    kind = queries.kind_of(recipe)
    attribute = Attribute(kind=kind.value)
    people = customers.cards_of([customer_id for customer_id, _value in found.sample])
    sees_contacts = may(request, "customers.view_contacts")
    return [
        {
            "customer": people[pk], "name": people[pk].name if sees_contacts else mask.name(people[pk].name),
            "shown": worded(attribute, typed(kind, value), currency=request.company.currency),
        }
        for pk, value in found.sample
        if pk in people
    ]  # fmt: skip


@page("segments.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """Show how an attribute is worked out, how that went, and what rests on it."""
    trait = find(pk)
    own = f"attribute:{trait.attribute.code}"
    context = {
        "trait": trait, "words": in_words(queries.recipe_of(trait)), "may_edit": may(request, "traits.edit"),
        "uses": [use for use in uses_of(own) if not use.url.endswith(request.path)],
    }  # fmt: skip
    return render(request, "traits/detail.html", context)


@page("traits.edit", methods=("POST",))
def recompute(request: Request, pk: int) -> HttpResponse:
    """Ask for the values to be worked out anew."""
    with transaction.atomic():
        job = actions.ask(find(pk), by=request.actor, now=request.now)
    return redirect("web:job", job.pk)


@page("traits.edit", methods=("POST",))
def archive(request: Request, pk: int) -> HttpResponse:
    """Stop working an attribute out, unless something rests on it."""
    try:
        actions.archive(find(pk), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("traits:detail", pk)
    messages.success(request, _("Archived. What is known is kept."))
    return redirect("traits:list")


# -- automatic tags


@page("segments.view", methods=("GET",))
def tags(request: Request) -> HttpResponse:
    """List the tags that follow a segment."""
    return _tags(request, AutomaticTagForm(initial={"segment": request.GET.get("segment", "")}))


def _tags(request: Request, form: AutomaticTagForm) -> HttpResponse:
    context = {
        "tags": queries.automatic_tags(), "form": form, "tab": "tags", "may_edit": may(request, "traits.edit"),
        "known": [tag for tag in customers.tags() if not tag.is_automatic],
    }  # fmt: skip
    return render(request, "traits/tags.html", context, status=422 if form.errors else 200)


@page("traits.edit", methods=("POST",))
def bind(request: Request) -> HttpResponse:
    """Let a tag follow a segment."""
    form = AutomaticTagForm(request.POST)
    if form.is_valid():
        try:
            segment = segments.by_uuid(UUID(form.cleaned_data["segment"]))
            actions.bind(form.cleaned_data["tag"], segment, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("tag", str(refusal))
        else:
            messages.success(request, _("From now on the tag follows the segment."))
            return redirect("traits:tags")
    return _tags(request, form)


@page("traits.edit", methods=("POST",))
def release(request: Request, pk: int) -> HttpResponse:
    """Let a tag be put on by hand again."""
    try:
        actions.release(queries.automatic_tag(pk), by=request.actor, now=request.now)
    except errors.TraitNotFound as missing:
        raise Http404 from missing
    messages.success(request, _("The tag is put on and taken off by hand again; whoever has it keeps it."))
    return redirect("traits:tags")


def find(pk: int) -> Trait:
    """Return a computed attribute or answer that there is no such page."""
    try:
        return queries.trait(pk)
    except errors.TraitNotFound as missing:
        raise Http404 from missing


def in_words(recipe: Recipe) -> str:
    """Return what is worked out, as a sentence."""
    said = {
        "measure": MEASURES[recipe.measure], "facts": FACTS[recipe.facts],
        "column": COLUMN_LABELS[recipe.column] if recipe.column else "",
    }  # fmt: skip
    text = (
        _("%(facts)s: %(measure)s %(column)s") % said
        if recipe.measure is not Measure.COUNT
        else _("%(facts)s: %(measure)s") % said
    )
    parts = [text.strip()]
    if recipe.days is not None:
        parts.append(_("in the last %(days)s days") % {"days": formats.number(recipe.days)})
    shops = {str(shop.pk): shop.name for shop in company.shops()} if recipe.values_of("shop") else {}
    for name, values in recipe.where:
        listed = formats.listed([shops.get(one, one) if name == "shop" else one for one in values])
        parts.append(_("%(filter)s: %(values)s") % {"filter": FILTER_LABELS[name], "values": listed})
    return " · ".join(parts)


def _labels(said: dict[str, Any]) -> dict[str, str]:
    return {"en": said["label_en"], "zh-hans": said["label_zh"]}


def _field_of(refusal: ShukeError, form: TraitForm) -> str | None:
    if isinstance(refusal, CodeTaken):
        return "code"
    field = refusal.field if isinstance(refusal, errors.BadTrait | BadDefinition) else None
    return field if field in form.fields else None
