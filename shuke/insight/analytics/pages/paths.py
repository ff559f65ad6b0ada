"""Paths: what people do after something, or before it."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shuke.cdp.events import queries as events
from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import paths as engine
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import ON_PAGE
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, change
from shuke.insight.analytics.pages.framing import Frame, shown
from shuke.insight.analytics.queries import happenings
from shuke.insight.analytics.queries import paths as queries
from shuke.insight.analytics.queries.paths import Node, Ways
from shuke.insight.analytics.rules import Scope
from shuke.insight.value import queries as value
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

FORKS = 5
MOST_ROWS = 60
LEAST_SEEN = 0.005
_USUAL = "Product Viewed"


class PathsForm(OwnForm):
    """From where, in which direction, how far, and what holds a way together."""

    usual = {"anchor": _USUAL, "direction": "after", "steps": "3", "within": "session", "pages": ""}
    anchor = forms.ChoiceField(label=gettext_lazy("Event or page"), required=False)
    direction = forms.ChoiceField(label=gettext_lazy("Direction"), required=False, choices=[
        ("after", gettext_lazy("What came after")), ("before", gettext_lazy("What led there")),
    ])  # fmt: skip
    steps = forms.ChoiceField(
        label=gettext_lazy("Steps"), required=False, choices=[(str(n), str(n)) for n in range(2, 7)]
    )
    within = forms.ChoiceField(label=gettext_lazy("Within"), required=False, choices=[
        ("session", gettext_lazy("One visit")), ("24", gettext_lazy("24 hours")), ("168", gettext_lazy("7 days")),
        ("720", gettext_lazy("30 days")),
    ])  # fmt: skip
    pages = forms.ChoiceField(label=pgettext_lazy("report", "Pages"), required=False, choices=[
        ("", gettext_lazy("Together")), ("1", gettext_lazy("One by one")),
    ])  # fmt: skip

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        offered = [
            (ORDER, str(label(ORDER))),
            *((name, text) for name, text in happenings.offered() if "." not in name),
        ]
        if _USUAL not in {name for name, _text in offered}:
            self.usual = {**self.usual, "anchor": ORDER}  # of this form alone
            self.data = {**self.data, "anchor": data.get("anchor") or ORDER}
        # Pages are many: one that is asked for is offered, whichever it is; an unknown one has no ways.
        wanted = self.data.get("anchor") or ""
        if ON_PAGE in wanted:
            offered.append((wanted, label(wanted)))
        field = self.fields["anchor"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered


def label(name: str) -> str:
    """Return what a step is called: a page by its path, an event by its name."""
    if name == ORDER:
        return _("Placed an order")
    event, _mark, path = name.partition(ON_PAGE)
    return path or str(events.label_of(event))


@page("reports.view")
def paths(request: Request) -> HttpResponse:
    """Show the most frequent ways from or to something."""
    return shown(request, "paths", content, PathsForm)


def content(frame: Frame) -> Content:
    """Return the ways as flows and as an indented list with drop-offs."""
    asked = _asked(frame)
    root, is_cut = _tree(asked, frame.asked.scope)
    title = _("Paths")
    if not root.ways:
        return Content(
            title, empty=_("Nobody did this in this period"),
            hint=_("What visitors do is there once a web site with the tracker, or a shop, tells of it."),
        )  # fmt: skip
    words = _("after “%(anchor)s”") if asked.is_after else _("before “%(anchor)s”")
    notes = [_("Customers are counted; visitors nobody knows are not. The same thing twice in a row counts once.")]
    if is_cut:
        notes.append(_("Only the 5,000 most frequent ways are shown."))
    notes += frame.of_shop()
    return Content(
        title, subtitle=words % {"anchor": label(asked.anchor)}, stats=_stats(frame, asked, root), cards=_flows(frame, asked, root),
        sheets=[_sheet(frame, asked, root), *_page_sheet(frame)], notes=notes,
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers who went a way, and with ``end`` no further."""
    asked = _asked(frame)
    try:
        way = tuple(str(name) for name in json.loads(query.get("way", "[]")))[: asked.steps]
    except (ValueError, TypeError):
        return None
    is_end = query.get("end") == "1"
    steps = [asked.anchor, *way] if asked.is_after else [*reversed(way), asked.anchor]
    title = " → ".join(label(name) for name in steps) + (_(" and no further") if is_end else "")
    return title, lambda tables: engine.people(tables, asked, frame.asked.scope, way=way, is_end=is_end)


def _tree(asked: Ways, scope: Scope) -> tuple[Node, bool]:
    """Return the ways of a scope, remembered until the warehouse changes."""
    return value.remembered(f"reports:paths:{asked}:{scope}", lambda: queries.tree(asked, scope))


def _asked(frame: Frame) -> Ways:
    said = frame.said
    within = said["within"] or "session"
    return Ways(
        said["anchor"] or ORDER, said["direction"] != "before", int(said["steps"] or 3),
        None if within == "session" else int(within), bool(said["pages"]) or ON_PAGE in (said["anchor"] or ""),
    )  # fmt: skip


def _link(frame: Frame, node: Node, *, is_end: bool = False) -> str:
    return frame.people("paths", way=json.dumps(node.way), end=1 if is_end else None)


def _stats(frame: Frame, asked: Ways, root: Node) -> list[Stat]:
    first = root.leading(1)
    then = _tree(asked, frame.asked.compared)[0] if frame.asked.compared else None
    ended, ended_then = rules.ratio(root.ended, root.ways) or 0, rules.ratio(then.ended, then.ways) if then else None
    stats = [
        Stat(_("Ways"), formats.number(root.ways), _link(frame, root),
             delta=change(root.ways, then.ways) if then and then.ways else None),
        Stat(_("Nothing more") if asked.is_after else _("Nothing before"), formats.percent(ended, 1),
             _link(frame, root, is_end=True), delta=change(ended, ended_then) if ended_then else None, good="down"),
    ]  # fmt: skip
    if first:
        stats.append(Stat(_("Most often next") if asked.is_after else _("Most often before"), label(first[0].name),
                          _link(frame, first[0]), hint=formats.percent(first[0].ways / root.ways, 1)))  # fmt: skip
    return stats


def _flows(frame: Frame, asked: Ways, root: Node) -> list[list[Card]]:
    """The first two steps as flows: from each leading first step to what came next."""
    # Flows too thin to be seen only cover each other’s names.
    firsts = [node for node in root.leading(FORKS) if node.ways >= root.ways * LEAST_SEEN]
    seconds: dict[str, int] = {}
    for node in firsts:
        for child in node.children.values():
            seconds[child.name] = seconds.get(child.name, 0) + child.ways
    names = sorted(seconds, key=lambda name: (-seconds[name], name))[:FORKS]
    end = _("Nothing more") if asked.is_after else _("Nothing before")
    series = []
    for node in firsts:
        known = {name: node.children[name] for name in names if name in node.children}
        others = node.ways - node.ended - sum(child.ways for child in known.values())
        series.append({
            "name": label(node.name),
            "values": [*(known[name].ways if name in known else None for name in names), others or None, node.ended or None],
            "links": [*(_link(frame, known[name]) if name in known else None for name in names), None,
                      _link(frame, node, is_end=True)],
        })  # fmt: skip
    if not series:
        return []
    chart = {
        "kind": "sankey",
        "categories": [*(label(name) for name in names), _("Something else"), end],
        "series": series,
    }
    title = _("The first step and the second") if asked.is_after else _("The last step but one, and the last")
    return [[Card("flows", title, chart, subtitle=_("A flow opens its customers."))]]


def _sheet(frame: Frame, asked: Ways, root: Node) -> Sheet:
    rows: list[Row] = []
    for node in root.walk(FORKS):
        if len(rows) >= MOST_ROWS:
            break
        depth, before = len(node.way), _parent(root, node)
        is_last = depth >= asked.steps
        rows.append(Row(
            ["\u2003" * depth + ("↳ " if depth else "") + label(node.name), node.ways, node.ways / root.ways,
             None if before is None else rules.ratio(node.ways, before.ways),
             None if is_last else node.ended, None if is_last else rules.ratio(node.ended, node.ways)],
            {1: _link(frame, node), 4: _link(frame, node, is_end=True) if node.ended and not is_last else ""},
        ))  # fmt: skip
    end = _("Ended here") if asked.is_after else _("Began here")
    return Sheet(
        "tree", _("Ways"),
        [
            Column(pgettext("funnel", "Step")), Column(_("Ways"), "number"), Column(_("Of all"), "percent"),
            Column(_("Of the step before"), "percent"), Column(end, "number"), Column(_("Share"), "percent"),
        ],
        rows, subtitle=_("At each fork the five most frequent. Figures open their customers."),
    )  # fmt: skip


def _parent(root: Node, node: Node) -> Node | None:
    found = None
    current = root
    for name in node.way:
        found, current = current, current.children[name]
    return found


def _page_sheet(frame: Frame) -> Iterable[Sheet]:
    """The pages people look at, each to begin from; only where pages are told one by one."""
    if not frame.said["pages"]:
        return
    found = queries.offered_pages(frame.asked.scope)[:20]
    rows = [Row([label(name)], {0: f"?{frame.asked.query(anchor=name)}"}) for name in found]
    if rows:
        yield Sheet("pages", _("Pages to begin from"), [Column(_("Page"))], rows)
