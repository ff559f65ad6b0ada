"""How products and categories do, and one product on a page of its own."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from shuke.cdp.catalog import queries as catalog
from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import performance as engine
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, change, share
from shuke.insight.analytics.pages.framing import Frame, shown, step_label
from shuke.insight.analytics.pages.rules_of import bought
from shuke.insight.analytics.queries import performance as queries
from shuke.insight.analytics.queries.performance import Performance
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

LISTED = 100
_ORDER_LABELS = {
    "net_minor": gettext_lazy("Net sales"), "quantity": gettext_lazy("Quantity"), "buyers": gettext_lazy("Buyers"),
    "first_share": gettext_lazy("First purchases"), "repeat_rate": gettext_lazy("Repeat rate"),
    "return_rate": gettext_lazy("Return rate"), "margin": gettext_lazy("Margin"),
}  # fmt: skip


class PerformanceForm(OwnForm):
    """By what products are ordered."""

    usual = {"order": "net_minor"}
    order = forms.ChoiceField(label=gettext_lazy("Highest by"), required=False, choices=list(_ORDER_LABELS.items()))


@page("reports.view")
def performance(request: Request) -> HttpResponse:
    """Show who buys products first and again, what comes back, and what carries the sales."""
    return shown(request, "performance", content, PerformanceForm)


@page("reports.view")
def product(request: Request, product_id: int) -> HttpResponse:
    """Show one product."""
    if catalog.find_product(product_id) is None:
        raise Http404
    return shown(request, "performance", lambda frame: one(frame, product_id))


def content(frame: Frame) -> Content:
    """Return the ABC classes, categories and products."""
    scope, title = frame.asked.scope, _("Performance of products")
    every = queries.products(scope, order=frame.said["order"] or "net_minor", limit=5_000)
    if not every:
        return Content(title, empty=_("Nothing was sold in this period"))
    before: dict[int, Performance] = {}
    if frame.asked.compared:
        before = {each.product_id: each for each in queries.products(frame.asked.compared, limit=5_000)}
    classes = {letter: [each for each in every if each.abc == letter] for letter in "ABC"}
    net = sum(each.net_minor for each in every)
    return Content(
        title,
        stats=[
            Stat(
                _("Class %(letter)s") % {"letter": letter},
                formats.number(len(found)),
                hint=_("%(share)s of net sales") % {"share": share(sum(each.net_minor for each in found), net)},
            )
            for letter, found in classes.items()
        ],
        sheets=[_categories(frame), _products(frame, every, before)],
        notes=[
            _("A: the products that bring four fifths of net sales; B: those up to 95 %; C: all others."),
            _("First purchases: of the orders of customers with this product, the share that was their first of all. "
              "Repeat rate: of its buyers, those who ordered it more than once in the period."),
            _costs_known(every, net),
        ],
    )  # fmt: skip


def _costs_known(every: list[Performance], net: int) -> str:
    """Say how much of what was sold the margins speak of."""
    costed = sum(each.costed_minor for each in every)
    if not costed:
        return _(
            "It is not known what goods cost, so there are no margins; costs come by API, from shops, or under Costs."
        )
    return _("Margin: what is left of net sales after the goods at today’s cost, where that is known: for %(share)s of net sales.") % {
        "share": share(costed, net)
    }  # fmt: skip


def one(frame: Frame, product_id: int) -> Content:
    """Return the figures of one product over time, with who buys it."""
    scope = frame.asked.scope
    known = catalog.titles_of([product_id]).get(product_id, "") or f"#{product_id}"
    now = queries.product(scope, product_id)
    then = queries.product(frame.asked.compared, product_id) if frame.asked.compared else None
    steps = queries.by_step(scope, product_id, frame.asked.step)
    names = [step_label(each.period, frame.asked.step) for each in steps]
    who = {which: frame.people("performance", product=product_id, which=which) for which in ("all", "first", "again")}
    return Content(
        known,
        subtitle=_("one product"),
        is_whole=False,
        stats=[
            Stat(_("Net sales"), formats.money(now.net_minor, frame.currency), links.orders(scope, product=product_id),
                 change(now.net_minor, then.net_minor) if then else None),
            Stat(_("Quantity"), formats.number(now.quantity), links.orders(scope, product=product_id),
                 change(now.quantity, then.quantity) if then else None),
            Stat(_("Buyers"), formats.number(now.buyers), who["all"], change(now.buyers, then.buyers) if then else None),
            Stat(_("First purchases"), share(now.first_share, 1), who["first"],
                 hint=_("orders that were a customer’s first")),
            Stat(_("Repeat rate"), share(now.repeat_rate, 1), who["again"], hint=_("ordered it more than once")),
            Stat(_("Return rate"), share(now.return_rate, 1), links.orders(scope, kind="refund", product=product_id),
                 change(now.return_rate, then.return_rate) if then else None, good="down"),
            *([] if now.margin is None else [Stat(_("Margin"), share(now.margin, 1), hint=_("after what the goods cost"))]),
        ],
        cards=[[
            Card("product-sales", _("Net sales over time"), {
                "kind": "line", "format": "money", "currency": frame.currency, "categories": names,
                "series": [{"name": _("Net sales"), "values": [each.gross_minor - each.refunds_minor for each in steps]}],
                "links": [links.orders(scope, product=product_id, period=each.period) or None for each in steps],
            }),
            Card("product-pieces", _("Pieces over time"), {
                "kind": "bar", "categories": names, "series": [{"name": _("Quantity"), "values": [each.quantity for each in steps]}],
                "links": [links.orders(scope, product=product_id, period=each.period) or None for each in steps],
            }),
        ]],
        sheets=[_segments(frame, product_id, known, now)] if frame.may_keep else [],
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return who bought a product or of a category: all, with their first order, or more than once."""
    which, raw = query.get("which", "all"), query.get("product", "")
    product_id = int(raw) if raw.isdecimal() and len(raw) < 19 else None
    category = query.get("category", "")
    if which not in {"all", "first", "again"} or (product_id is None and "category" not in query):
        return None
    name = (
        catalog.titles_of([product_id]).get(product_id, raw) if product_id is not None else category or _("No category")
    )
    title = {
        "all": _("Bought %(name)s"), "first": _("Began with %(name)s"), "again": _("Bought %(name)s more than once"),
    }[which] % {"name": name}  # fmt: skip
    return title, lambda tables: engine.people(
        tables, frame.asked.scope, product_id=product_id, category=category, which=which
    )  # fmt: skip


def _figure_columns() -> list[Column]:
    return [
        Column(_("Class")), Column(_("Orders"), "number"), Column(_("Quantity"), "number"), Column(_("Net sales"), "money"),
        Column(pgettext("report", "Change"), "change"), Column(_("Buyers"), "number"), Column(_("First purchases"), "percent"),
        Column(_("Repeat rate"), "percent"), Column(_("Return rate"), "percent"), Column(_("Margin"), "percent"),
    ]  # fmt: skip


def _cells(each: Performance, before: Performance | None, *, compared: bool) -> list[Any]:
    moved = rules.change(each.net_minor, before.net_minor if before else 0) if compared else None
    return [
        each.abc, each.orders, each.quantity, each.net_minor, moved, each.buyers, each.first_share, each.repeat_rate,
        each.return_rate, each.margin,
    ]  # fmt: skip


def _products(frame: Frame, found: list[Performance], before: dict[int, Performance]) -> Sheet:
    scope = frame.asked.scope
    rows = []
    for each in found:
        who = {
            which: frame.people("performance", product=each.product_id, which=which)
            for which in ("all", "first", "again")
        }
        rows.append(Row(
            [each.title or each.sku or f"#{each.product_id}",
             *_cells(each, before.get(each.product_id), compared=frame.asked.compared is not None)],
            {0: frame.report("product", each.product_id), 2: links.orders(scope, product=each.product_id) if each.orders else "",
             6: who["all"] if each.buyers else "", 7: who["first"] if each.first_orders else "",
             8: who["again"] if each.repeat_buyers else "",
             9: links.orders(scope, kind="refund", product=each.product_id) if each.returned else ""},
            note=" · ".join(part for part in (each.sku, each.category) if part),
        ))  # fmt: skip
    return Sheet(
        "products", _("Products"), [Column(_("Product")), *_figure_columns()], rows, currency=frame.currency,
        most=LISTED,
    )  # fmt: skip


def _categories(frame: Frame) -> Sheet:
    before = {}
    if frame.asked.compared:
        before = {each.title: each for each in queries.categories(frame.asked.compared)}
    rows = []
    for each in queries.categories(frame.asked.scope):
        who = {
            which: frame.people("performance", category=each.title, which=which) for which in ("all", "first", "again")
        }
        rows.append(Row(
            [each.title or _("No category"),
             *_cells(each, before.get(each.title), compared=frame.asked.compared is not None)],
            {6: who["all"] if each.buyers else "", 7: who["first"] if each.first_orders else "",
             8: who["again"] if each.repeat_buyers else ""},
        ))  # fmt: skip
    return Sheet(
        "categories", _("Categories"), [Column(_("Category")), *_figure_columns()], rows, currency=frame.currency
    )


def _segments(frame: Frame, product_id: int, name: str, now: Performance) -> Sheet:
    """The buyers as rules, which keep themselves true."""
    scope = frame.asked.scope
    return Sheet(
        "people", _("As segments"), [Column(_("Customers")), Column(_("How many"), "number")],
        [
            Row([_("Bought %(name)s") % {"name": name}, now.buyers],
                {0: links.segment(bought(scope, {"product": [product_id]}), _("Bought %(name)s") % {"name": name})}),
            Row([_("Bought %(name)s more than once") % {"name": name}, now.repeat_buyers],
                {0: links.segment(bought(scope, {"product": [product_id]}, least=2), _("Bought %(name)s more than once") % {"name": name})}),
        ],
        subtitle=_("A segment keeps itself up to date: look at a sample, ask why somebody is in it, save it."),
    )  # fmt: skip
