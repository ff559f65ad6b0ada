"""Returns: what comes back, how soon, why, and who sends back again and again."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.orders import queries as orders
from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import returns as engine
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, bars, change
from shuke.insight.analytics.pages.framing import Frame, shown
from shuke.insight.analytics.queries import people as behind
from shuke.insight.analytics.queries import performance
from shuke.insight.analytics.queries import returns as queries
from shuke.insight.analytics.queries.performance import Performance
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

LISTED, DRAWN = 30, 10
# Fewer pieces than this sold say nothing about a rate.
LEAST_SOLD = 10
# Pieces that every product is granted beforehand, with the rate of all.
PRIOR_PIECES = 20


@page("reports.view")
def returns(request: Request) -> HttpResponse:
    """Show what comes back."""
    return shown(request, "returns", content)


def content(frame: Frame) -> Content:
    """Return rates by product, category and reason, the days until a return, and repeat returners."""
    scope = frame.asked.scope
    now = queries.figures(scope)
    if not now.refunds and not now.orders:
        return Content(_("Returns"), empty=_("Nothing was sold or returned in this period"))
    then = queries.figures(frame.asked.compared) if frame.asked.compared else None
    delays = queries.delays(scope)
    return Content(
        _("Returns"),
        stats=[
            Stat(_("Number of refunds"), formats.number(now.refunds), links.orders(scope, kind="refund"),
                 change(now.refunds, then.refunds) if then else None, good="down"),
            Stat(_("Money refunded"), formats.money(now.refunds_minor, frame.currency), links.orders(scope, kind="refund"),
                 change(now.refunds_minor, then.refunds_minor) if then else None, good="down",
                 hint=_("%(share)s of gross sales") % {"share": formats.percent(now.money_rate or 0, 1)}),
            Stat(_("Orders with a return"), formats.percent(now.order_rate or 0, 1),
                 delta=change(now.order_rate, then.order_rate) if then else None, good="down",
                 hint=_("of those placed in the period, so far")),
            Stat(_("Customers with refunds"), formats.number(now.customers), frame.people("returns", refunds=0),
                 change(now.customers, then.customers) if then else None, good="down"),
        ],
        cards=[
            [_delays(frame, delays), _returners(frame)],
        ],
        sheets=[_products(frame), _categories(frame), *_reasons(frame), _repeated(frame)],
        notes=[_("Returns count on the day they were made, whenever the goods were sold.")],
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers with so many refunds, after so many days, for a reason, or who send back again and again."""
    scope = frame.asked.scope
    if "reason" in query:
        reason, period = query.get("reason", "")[:200], scope.period
        found = orders.refunded_for(
            reason, period.starts_on, period.ends_on, shop_id=scope.shop_id, country=scope.country
        )  # fmt: skip
        return _("Refunded for: %(reason)s") % {"reason": reason or _("no reason")}, lambda _tables: behind.of_ids(
            found
        )
    if query.get("repeat"):
        return _("Send back again and again"), lambda tables: engine.repeated(tables, scope).select("customer_id")
    band, number = query.get("band", ""), query.get("refunds", "")
    if band.lstrip("-").isdecimal() and int(band) in {*engine.BANDS, -1}:
        title = _("Returned after: %(days)s") % {"days": _band_name(int(band))}
        return title, lambda tables: engine.delayed_people(tables, scope, band=int(band))
    if number == "0":
        return _("Customers with refunds"), lambda tables: engine.returner_people(tables, scope, refunds=None)
    if number.isdecimal() and 1 <= int(number) <= 5:
        title = _("Refunds: %(number)s") % {"number": _count_name(int(number))}
        return title, lambda tables: engine.returner_people(tables, scope, refunds=int(number))
    return None


def _band_name(first: int) -> str:
    if first < 0:
        return _("order not known")
    if first == engine.BANDS[-1]:
        return _("%(days)s days and more") % {"days": first}
    later = engine.BANDS[engine.BANDS.index(first) + 1] - 1
    return _("%(first)s to %(last)s days") % {"first": first, "last": later}


def _count_name(number: int) -> str:
    return _("%(count)s or more") % {"count": number} if number >= 5 else str(number)


def _delays(frame: Frame, delays: list[tuple[int, int, int]]) -> Card:
    return Card("delays", _("Days until a return"), bars(
        [_band_name(band) for band, _count, _money in delays], [count for _band, count, _money in delays],
        name=_("Refunds"), links=[frame.people("returns", band=band) if count else None for band, count, _money in delays],
    ))  # fmt: skip


def _returners(frame: Frame) -> Card:
    found = queries.returners(frame.asked.scope)
    return Card("returners", _("Customers by number of refunds"), bars(
        [_count_name(number) for number, _customers, _money in found], [count for _number, count, _money in found],
        name=_("Customers"), links=[frame.people("returns", refunds=number) for number, _customers, _money in found],
    ))  # fmt: skip


def _products(frame: Frame) -> Sheet:
    scope = frame.asked.scope
    found = performance.products(scope, order="quantity", limit=2_000)
    usual = rules.ratio(sum(each.returned for each in found), sum(each.quantity for each in found)) or 0.0

    def held_back(each: Performance) -> float:
        """The rate, drawn towards that of all goods where few were sold: two of eleven are no scandal yet."""
        return (each.returned + usual * PRIOR_PIECES) / (each.quantity + PRIOR_PIECES)

    telling = [each for each in found if each.quantity >= LEAST_SOLD and each.returned > 0]
    telling = sorted(telling, key=lambda each: (-held_back(each), each.product_id))[:LISTED]
    return Sheet(
        "products", _("Products that come back most"),
        [Column(_("Product")), *_rate_columns()],
        [
            Row(
                [each.title or each.sku or f"#{each.product_id}", each.quantity, each.returned, each.return_rate,
                 each.refunds_minor, rules.ratio(each.refunds_minor, each.gross_minor)],
                {0: frame.report("product", each.product_id),
                 2: links.orders(scope, kind="refund", product=each.product_id)},
                note=" · ".join(part for part in (each.sku, each.category) if part),
            )
            for each in telling
        ],
        currency=frame.currency, subtitle=_("In the order of rates held back where few pieces were sold; at least %(least)s.") % {"least": LEAST_SOLD},
        empty=_("Nothing came back that often"),
    )  # fmt: skip


def _rate_columns() -> list[Column]:
    return [
        Column(_("Sold"), "number"), Column(_("Returned"), "number"), Column(_("Return rate"), "percent"),
        Column(_("Refunds"), "money"), Column(_("Refund rate"), "percent"),
    ]  # fmt: skip


def _categories(frame: Frame) -> Sheet:
    return Sheet(
        "categories", _("Categories"), [Column(_("Category")), *_rate_columns()],
        [
            Row([each.title or _("No category"), each.quantity, each.returned, each.return_rate, each.refunds_minor,
                 rules.ratio(each.refunds_minor, each.gross_minor)])
            for each in performance.categories(frame.asked.scope)
        ],
        currency=frame.currency,
    )  # fmt: skip


def _reasons(frame: Frame) -> list[Sheet]:
    """By reason, where shops say one; texts are as they wrote them."""
    if frame.asked.scope.segment:
        return []
    found = queries.reasons(frame.asked.scope)
    if not any(each.reason for each in found):
        return []
    total = sum(each.refunds for each in found)
    return [Sheet(
        "reasons", _("Reasons"),
        [Column(_("Reason")), Column(_("Refunds"), "number"), Column(_("Share"), "percent"),
         Column(_("Customers"), "number"), Column(_("Money refunded"), "money")],
        [
            Row([each.reason or _("No reason given"), each.refunds, rules.ratio(each.refunds, total), each.customers,
                 each.refunds_minor], {3: frame.people("returns", reason=each.reason) if each.customers else ""})
            for each in found
        ],
        currency=frame.currency,
    )]  # fmt: skip


def _repeated(frame: Frame) -> Sheet:
    found = queries.repeated(frame.asked.scope, limit=LISTED)
    names = customers.uuids_of(row["customer_id"] for row in found)
    return Sheet(
        "repeated", _("Send back again and again"),
        [Column(_("Customer")), Column(_("Orders"), "number"), Column(_("Refunds"), "number"),
         Column(_("Money refunded"), "money"), Column(_("Of gross sales"), "percent")],
        [
            Row([_("Customer %(number)s") % {"number": row["customer_id"]}, row["orders"], row["refunds"], row["refunds_minor"],
                 rules.ratio(row["refunds_minor"], row["gross_minor"])],
                {0: links.customer(names[row["customer_id"]]) if row["customer_id"] in names else ""})
            for row in found
        ],
        currency=frame.currency, empty=_("Nobody"),
        subtitle=_("At least three refunds, and one for every second order or more."),
        footer="",
    )  # fmt: skip
