"""Looking after definitions."""

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.attributes import actions, errors, queries
from shuke.cdp.attributes.forms import DefinitionForm
from shuke.cdp.attributes.models import Attribute, State
from shuke.cdp.attributes.queries.wording import source_label, source_names, worded
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.manifest import all_uses

# Counting reads every value there is; a list may be some minutes behind.
_COUNTS_KEPT_SECONDS = 600


@page("customers.view")
def index(request: Request) -> HttpResponse:
    """List the definitions in one state, with how many customers have a value and what rests on each."""
    state = request.GET.get("state", "")
    state = state if state in State.values else State.ACTIVE.value
    shops, uses = source_names(), all_uses()
    counts = cache.get_or_set("attributes.counts", queries.counts, _COUNTS_KEPT_SECONDS) or {}
    lines = [
        {
            "attribute": one, "count": counts.get(one.pk, 0), "uses": len(uses.get(f"attribute:{one.code}", ())),
            "order": [source_label(source, shops) for source in one.order],
        }
        for one in queries.definitions(state=state)
    ]  # fmt: skip
    context = {
        "lines": lines, "state": state, "undeclared": queries.undeclared_count(), "may_define": may(request, "attributes.define"),
    }  # fmt: skip
    return render(request, "attributes/list.html", context)


@page("attributes.define", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Define an attribute."""
    currency = request.company.currency
    form = DefinitionForm(request.POST or None, currency=currency, initial={"is_personal": False})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(
                form.cleaned_data["code"].strip(), form.definition(), by=request.actor, now=request.now
            )
        except ShukeError as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            messages.success(request, _("The attribute is defined."))
            return redirect("attributes:detail", made.pk)
    return render(request, "attributes/form.html", {"form": form}, status=422 if form.errors else 200)


@page("attributes.define", methods=("GET", "POST"))
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a definition, or declare one whose values arrived before it."""
    attribute = find(pk)
    form = DefinitionForm(request.POST or None, currency=request.company.currency, attribute=attribute)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(attribute, form.definition(), by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("attributes:detail", pk)
    context = {"form": form, "attribute": attribute}
    return render(request, "attributes/form.html", context, status=422 if form.errors else 200)


@page("customers.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """Show a definition, what its values are like, and what rests on it."""
    attribute = find(pk)
    currency, shops = request.company.currency, source_names()
    spread = queries.spread(attribute)
    average = spread.get("average")
    if average is not None:
        spread["average"] = round(average) if attribute.kind == actions.Kind.MONEY else round(average, 2)
    context = {
        "attribute": attribute,
        "count": queries.customers_with(attribute),
        "order": [source_label(source, shops) for source in attribute.order],
        "choices": [(one["code"], attribute.choice_label(one["code"])) for one in attribute.choices],
        "limits": _limits_in_words(attribute, currency),
        "frequent": [(worded(attribute, value, currency=currency), n) for value, n in queries.frequent(attribute)],
        "spread": {name: worded(attribute, _exact(figure), currency=currency) for name, figure in spread.items()},
        "uses": queries.uses(attribute),
        "may_define": may(request, "attributes.define") and not attribute.is_computed,
    }
    return render(request, "attributes/detail.html", context)


def _exact(figure: object) -> object:
    return int(figure) if isinstance(figure, float) and figure.is_integer() else figure


def _limits_in_words(attribute: Attribute, currency: str) -> list[str]:
    limits, found = attribute.allowed, []
    if limits.least is not None:
        found.append(_("at least %(limit)s") % {"limit": worded(attribute, limits.least, currency=currency)})
    if limits.most is not None:
        found.append(_("at most %(limit)s") % {"limit": worded(attribute, limits.most, currency=currency)})
    if limits.shortest is not None:
        found.append(_("at least %(limit)s characters") % {"limit": limits.shortest})
    if limits.longest is not None:
        found.append(_("at most %(limit)s characters") % {"limit": limits.longest})
    if limits.pattern:
        found.append(str(errors.PATTERN_LABELS[limits.pattern]))
    return found


@page("attributes.define", methods=("POST",))
def archive(request: Request, pk: int) -> HttpResponse:
    """Take an attribute out of use, unless something rests on it."""
    try:
        actions.archive(find(pk), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("attributes:detail", pk)
    messages.success(request, _("Archived. What is known is kept, and the attribute can be brought back."))
    return redirect("attributes:list")


@page("attributes.define", methods=("POST",))
def restore(request: Request, pk: int) -> HttpResponse:
    """Bring an archived attribute back."""
    actions.restore(find(pk), by=request.actor, now=request.now)
    return redirect("attributes:detail", pk)


def find(pk: int) -> Attribute:
    """Return a definition or answer that there is no such page."""
    try:
        return queries.find(pk)
    except errors.AttributeNotFound as missing:
        raise Http404 from missing


def _field_of(refusal: ShukeError) -> str | None:
    if isinstance(refusal, errors.CodeTaken):
        return "code"
    return refusal.field if isinstance(refusal, errors.BadDefinition) else None
