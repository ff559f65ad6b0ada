"""Search demand: what visitors look for, find, and do not find."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import searches as engine
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, bars
from shuke.insight.analytics.pages.framing import Frame, shown
from shuke.insight.analytics.queries import searches as queries
from shuke.insight.analytics.queries.searches import LEAST_PEOPLE, Demand, Term
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

LISTED, DRAWN = 100, 12


@page("reports.view")
def searches(request: Request) -> HttpResponse:
    """Show what visitors look for."""
    return shown(request, "searches", content)


def content(frame: Frame) -> Content:
    """Return the terms, those that find nothing, those that lead to no order, and those that rise."""
    scope, title = frame.asked.scope, _("Searches")
    found = queries.demand(scope)
    if not found.searches:
        return Content(
            title, empty=_("Nobody searched in this period"),
            hint=_("Searches are there once a web site with the tracker, or a shop, tells of them."),
        )  # fmt: skip
    top = found.terms[:DRAWN]
    customers, buyers = (sum(getattr(each, name) for each in found.terms) for name in ("customers", "buyers"))
    stats = [
        Stat(_("Searches"), formats.number(found.searches), frame.people("searches")),
        Stat(_("Led to an order within a week"), formats.percent(rules.ratio(buyers, customers) or 0, 1),
             hint=_("of known searchers, term by term")),
    ]  # fmt: skip
    if found.answered:
        stats.append(Stat(
            _("Found nothing"), formats.percent(found.without / found.answered, 1),
            frame.people("searches", which="nothing"), hint=_("where the shop tells how much was found"), good="down",
        ))  # fmt: skip
    return Content(
        title, stats=stats,
        cards=[[Card("terms", _("Looked for most"), bars(
            [each.term for each in top], [each.searches for each in top], name=_("Searches"), horizontal=True,
            links=[frame.people("searches", term=each.term) if each.customers else None for each in top],
        ), height="lg")]] if top else [],
        sheets=[*_rising(frame), *_nothing(frame, found), _terms(frame, found)], notes=_notes(frame, found),
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers who looked for a term, who did not order after it, or whose search found nothing."""
    term, which = query.get("term", "")[: engine.MOST_LETTERS], query.get("which", "all")
    words = {
        "all": _("Searched for “%(term)s”"), "not": _("Searched for “%(term)s” and did not order"),
        "nothing": _("Searched for “%(term)s” and found nothing"),
    }  # fmt: skip
    if which not in words:
        return None
    # A term that hardly anybody looked for may be a name: it opens nobody.
    if term and not any(each.term == term for each in queries.demand(frame.asked.scope).terms):
        return None
    title = words[which] % {"term": term or _("anything")}
    return title, lambda tables: engine.people(tables, frame.asked.scope, term=term, which=which)


def _rising(frame: Frame) -> list[Sheet]:
    if frame.asked.compared is None:
        return []
    found = queries.rising(frame.asked.scope, frame.asked.compared)[:20]
    return [Sheet(
        "rising", _("Rising"),
        [Column(_("Term")), Column(_("Searches"), "number"), Column(_("Before"), "number"),
         Column(_("Times as many"), "number", 1)],
        [Row([each.term, each.now, each.then, each.factor], {1: frame.people("searches", term=each.term)}) for each in found],
        subtitle=_("More than chance explains, held against all searches of each period."),
        empty=_("No term rose by more than chance"),
    )]  # fmt: skip


def _nothing(frame: Frame, found: Demand) -> list[Sheet]:
    if not found.answered:
        return []
    empty = sorted((each for each in found.terms if each.without), key=lambda each: -each.without)[:20]
    return [Sheet(
        "nothing", _("Found nothing"),
        [Column(_("Term")), Column(_("Searches without a result"), "number"), Column(_("Of searches"), "percent")],
        [
            Row([each.term, each.without, each.empty],
                {1: frame.people("searches", term=each.term, which="nothing") if each.customers else ""})
            for each in empty
        ],
        empty=_("Every search found something"),
    )]  # fmt: skip


def _terms(frame: Frame, found: Demand) -> Sheet:
    return Sheet(
        "terms", _("Terms"),
        [Column(_("Term")), Column(_("Searches"), "number"), Column(_("Visitors"), "number"),
         Column(_("Known customers"), "number"), Column(_("Ordered within a week"), "percent"),
         Column(_("Did not order"), "number")],
        [_term_row(frame, each) for each in found.terms],
        footer=_rare(found),
    )  # fmt: skip


def _term_row(frame: Frame, each: Term) -> Row:
    lost = each.customers - each.buyers
    return Row(
        [each.term, each.searches, each.people, each.customers, each.buying, lost],
        {3: frame.people("searches", term=each.term) if each.customers else "",
         5: frame.people("searches", term=each.term, which="not") if lost else ""},
    )  # fmt: skip


def _rare(found: Demand) -> str:
    if not found.rare_terms:
        return ""
    words = ngettext(
        "%(terms)s further term, searched for by fewer than %(least)s visitors each, is not shown: it may name somebody.",
        "%(terms)s further terms, searched for by fewer than %(least)s visitors each, are not shown: they may name somebody.",
        found.rare_terms,
    )  # fmt: skip
    return words % {"terms": formats.number(found.rare_terms), "least": LEAST_PEOPLE}


def _notes(frame: Frame, found: Demand) -> list[str]:
    notes = []
    if not found.answered:
        notes.append(_("No shop tells how much its searches find; with the property “results” it would show here."))
    return notes + frame.of_shop()
