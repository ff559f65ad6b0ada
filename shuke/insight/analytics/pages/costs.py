"""What channels cost, entered by hand or from a file, and what goods cost, from a file."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from shuke.insight.analytics.actions import costs as actions
from shuke.insight.analytics.actions import goods
from shuke.insight.analytics.errors import InvalidCosts
from shuke.insight.analytics.pages.framing import frame, nothing
from shuke.insight.analytics.queries import acquisition as queries
from shuke.insight.value import queries as value
from shuke.platform.company import queries as company
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.imports.engine import small
from shuke.platform.ui import formats

MONTHS_SHOWN = 36
MOST_BYTES = 1_000_000


class CostForm(forms.Form):
    """Spending on one source in one month."""

    month = forms.CharField(
        label=gettext_lazy("Month"),
        max_length=10,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2024-05"}),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=120, widget=forms.TextInput(attrs={"list": "sources"})
    )
    campaign = forms.CharField(label=gettext_lazy("Campaign"), max_length=120, required=False)
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=30)

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                said["cost"] = actions.checked(
                    said["month"], said["source"], said["campaign"], said["amount"], company.company().currency
                )
            except ValueError as reason:
                self.add_error(None, str(reason))
        return said


class CostFileForm(forms.Form):
    """A CSV file of spending."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), help_text=gettext_lazy("Columns: month (2024-05), source, campaign, amount.")
    )

    def clean_file(self) -> Any:  # noqa: D102  as in Django
        found = self.cleaned_data["file"]
        if found.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return found


class GoodsFileForm(forms.Form):
    """A file of what goods cost."""

    shop = forms.TypedChoiceField(label=gettext_lazy("Shop"), coerce=int)
    file = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        help_text=gettext_lazy(
            "Columns: product (its id) or sku (article number), cost of a piece, currency if it is another."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shop = self.fields["shop"]
        assert isinstance(shop, forms.TypedChoiceField)
        self.shops = {one.pk: one for one in company.shops()}
        shop.choices = [(pk, one.name) for pk, one in self.shops.items()]

    def clean_file(self) -> Any:  # noqa: D102  as in Django
        found = self.cleaned_data["file"]
        if found.size > small.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return found


@page("reports.view")
def costs(request: Request) -> HttpResponse:
    """Show what was entered, and the forms to enter more."""
    return _page(request)


@page("reports.costs", methods=("POST",))
def enter_cost(request: Request) -> HttpResponse:
    """Enter one cost."""
    form = CostForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form)
    actions.enter([form.cleaned_data["cost"]], by=request.actor, now=request.now)
    messages.success(request, _("The cost was entered."))
    return redirect("analytics:costs")


@page("reports.costs", methods=("POST",))
def enter_costs(request: Request) -> HttpResponse:
    """Enter a file of costs: all of it or nothing."""
    form = CostFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file_form=form)
    try:
        changed = actions.enter_file(
            form.cleaned_data["file"].read(), currency=company.company().currency, by=request.actor, now=request.now
        )
    except InvalidCosts as refusal:
        return _page(request, file_form=form, problems=[str(refusal), *refusal.problems[:20]])
    words = ngettext("%(count)s cost was entered or changed.", "%(count)s costs were entered or changed.", changed)
    messages.success(request, words % {"count": formats.number(changed)})
    return redirect("analytics:costs")


@page("reports.costs", methods=("POST",))
def enter_goods(request: Request) -> HttpResponse:
    """Enter a file of what goods cost: all of it or nothing."""
    form = GoodsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, goods_form=form)
    said = form.cleaned_data
    try:
        changed = goods.enter_file(
            said["file"].read(),
            shop=form.shops[said["shop"]],
            currency=company.company().currency,
            by=request.actor,
            now=request.now,
        )
    except InvalidCosts as refusal:
        return _page(request, goods_form=form, problems=[str(refusal), *refusal.problems[:20]])
    words = ngettext("What %(count)s product costs was changed.", "What %(count)s products cost was changed.", changed)
    messages.success(request, words % {"count": formats.number(changed)})
    return redirect("analytics:costs")


@page("reports.costs", methods=("POST",))
def remove_cost(request: Request, cost_id: int) -> HttpResponse:
    """Take one entry out."""
    if actions.remove(cost_id, by=request.actor, now=request.now):
        messages.success(request, _("The cost was removed."))
    return redirect("analytics:costs")


def _page(
    request: Request, *, form: CostForm | None = None, file_form: CostFileForm | None = None,
    goods_form: GoodsFileForm | None = None, problems: list[str] | None = None,
) -> HttpResponse:  # fmt: skip
    found = frame(request, "costs")
    if found is None:
        return nothing(request)
    known = queries.known_costs(MONTHS_SHOWN, until=max(found.extent.last_on, request.now.date()))
    return render(
        request,
        "analytics/costs.html",
        {
            **found.context(), "costs": known, "sources": queries.sources(), "may_enter": may(request, "reports.costs"),
            "cost_form": form or CostForm(initial={"month": found.extent.last_on.strftime("%Y-%m")}),
            "file_form": file_form or CostFileForm(), "problems": problems or [], "goods_form": goods_form or GoodsFileForm(),
            "coverage": value.coverage(value.people()),
        },
        status=422 if problems or form or file_form or goods_form else 200,
    )  # fmt: skip
