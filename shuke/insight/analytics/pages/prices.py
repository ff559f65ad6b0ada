"""Price bands: at which prices people buy."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from typing_extensions import override

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import prices as engine
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, bars
from shuke.insight.analytics.pages.framing import Frame, shown
from shuke.insight.analytics.queries import prices as queries
from shuke.insight.analytics.queries.prices import Band
from shuke.kernel.money import to_minor
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

MOST_LIMITS = 9


class LimitsField(forms.CharField):
    """Rising amounts with blanks, commas or semicolons between them."""

    @override
    def clean(self, value: Any) -> tuple[Decimal, ...]:
        text = super().clean(value) or ""
        for mark in ",;，；、":
            text = text.replace(mark, " ")
        try:
            limits = tuple(Decimal(part) for part in text.split())
        except ArithmeticError:
            raise forms.ValidationError(_("“%(text)s” is no list of amounts.") % {"text": text}) from None
        if any(not limit.is_finite() or limit <= 0 or limit >= 10**9 for limit in limits):
            raise forms.ValidationError(_("Limits are amounts above 0."))
        if list(limits) != sorted(set(limits)):
            raise forms.ValidationError(_("Each limit has to be higher than the one before."))
        if len(limits) > MOST_LIMITS:
            raise forms.ValidationError(_("At most %(most)s limits can be read.") % {"most": MOST_LIMITS})
        return limits


class PricesForm(OwnForm):
    """Own limits of bands; without them each band holds about as many lines."""

    limits = LimitsField(
        label=gettext_lazy("Limits"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "50 100 200"}),
    )  # fmt: skip


@page("reports.view")
def prices(request: Request) -> HttpResponse:
    """Show sales by price band."""
    return shown(request, "prices", content, PricesForm)


def content(frame: Frame) -> Content:
    """Return the bands, their sales by category, and the customers whose typical band they are."""
    scope, limits = frame.asked.scope, _limits(frame)
    title = _("Price bands")
    if not limits:
        return Content(title, empty=_("Nothing was sold in this period"))
    bands = queries.bands(scope, limits)
    before = {}
    if frame.asked.compared:
        before = {band.number: band for band in queries.bands(frame.asked.compared, limits)}
    gross = sum(band.gross_minor for band in bands)
    best = max(bands, key=lambda band: band.gross_minor)
    names = [_name(frame, band) for band in bands]
    return Content(
        title, subtitle=_("the price of a single piece, after discounts"),
        stats=[
            Stat(_("Gross sales"), formats.money(gross, frame.currency)),
            Stat(_("Strongest band"), _name(frame, best), _buyers(frame, best),
                 hint=formats.percent(rules.ratio(best.gross_minor, gross) or 0, 1)),
        ],
        cards=[
            [
                Card("bands", _("Gross sales by band"), bars(
                    names, [band.gross_minor for band in bands], name=_("Gross sales"), kind="money",
                    currency=frame.currency, links=[_buyers(frame, band) for band in bands],
                )),
                Card("typical", _("Customers by their typical band"), bars(
                    names, [band.typical for band in bands], name=_("Customers"),
                    links=[frame.people("prices", band=band.number) if band.typical else None for band in bands],
                ), subtitle=_("The band of most of what each bought.")),
            ],
            [_categories(frame, limits, names)],
        ],
        sheets=[_sheet(frame, bands, before, gross)],
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers who bought in a band, or whose typical band it is."""
    limits, number = _limits(frame), query.get("band", "")
    if not number.isdecimal() or int(number) > len(limits):
        return None
    edges: list[int | None] = [None, *limits, None]
    band = Band(int(number), edges[int(number)], edges[int(number) + 1])
    if query.get("which") == "bought":
        title = _("Bought at %(band)s") % {"band": _name(frame, band)}
        return title, lambda tables: engine.band_people(tables, frame.asked.scope, limits, band=band.number)
    title = _("Typical band: %(band)s") % {"band": _name(frame, band)}
    return title, lambda tables: engine.typical_people(tables, frame.asked.scope, limits, band=band.number)


def _limits(frame: Frame) -> tuple[int, ...]:
    own: tuple[Decimal, ...] = frame.said["limits"] or ()
    return tuple(to_minor(limit, frame.currency) for limit in own) or queries.usual_limits(frame.asked.scope)


def _name(frame: Frame, band: Band) -> str:
    if band.low is None:
        return _("below %(high)s") % {"high": _money(frame, band.high)}
    if band.high is None:
        return _("%(low)s and more") % {"low": _money(frame, band.low)}
    return _("%(low)s to %(high)s") % {"low": _money(frame, band.low), "high": _money(frame, band.high - 1)}


def _money(frame: Frame, minor: int | None) -> str:
    return formats.money(minor or 0, frame.currency)


def _buyers(frame: Frame, band: Band) -> str:
    return frame.people("prices", band=band.number, which="bought") if band.buyers else ""


def _categories(frame: Frame, limits: tuple[int, ...], names: list[str]) -> Card:
    found = queries.by_category(frame.asked.scope, limits)
    return Card(
        "categories", _("By category"),
        {
            "kind": "grid", "y_name": _("Category"), "categories": names, "format": "percent", "digits": 0,
            "total_name": _("Gross sales"), "total": [sum(sums) for sums in found.values()], "total_format": "money",
            "currency": frame.currency,
            "series": [
                {"name": category or _("No category"), "values": [rules.ratio(one, sum(sums)) for one in sums],
                 "details": [formats.money(one, frame.currency) for one in sums]}
                for category, sums in found.items()
            ],
        },
        subtitle=_("How each category’s sales are divided."),
    )  # fmt: skip


def _sheet(frame: Frame, bands: list[Band], before: dict[int, Band], gross: int) -> Sheet:
    columns = [
        Column(_("Price")), Column(_("Orders"), "number"), Column(_("Quantity"), "number"), Column(_("Buyers"), "number"),
        Column(_("Gross sales"), "money"), Column(_("Share"), "percent"), Column(pgettext("report", "Change"), "change"),
        Column(_("Typical for"), "number"),
    ]  # fmt: skip
    rows = [
        Row(
            [_name(frame, band), band.orders, band.quantity, band.buyers, band.gross_minor,
             rules.ratio(band.gross_minor, gross),
             rules.change(band.gross_minor, before[band.number].gross_minor) if band.number in before else None,
             band.typical],
            {3: _buyers(frame, band),
             7: frame.people("prices", band=band.number) if band.typical else ""},
        )
        for band in bands
    ]  # fmt: skip
    return Sheet("bands", _("Bands"), columns, rows, currency=frame.currency)
