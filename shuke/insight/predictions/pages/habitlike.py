"""The sheets of replenishment, of hours and channels, and of prices."""

from typing import Any

from django.utils.translation import gettext as _

from shuke.cdp.catalog import queries as catalog
from shuke.insight.predictions import queries
from shuke.insight.predictions.pages import parts
from shuke.insight.predictions.pages.parts import GOOD, INFO, WARN, Figure, Grid, Picture, Sheet, Verdict
from shuke.platform.ui import formats

_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def replenishment(found: dict[str, Any]) -> Sheet:
    """Return the sheet of the replenishment clock."""
    rows, sheet = found["rows"], Sheet()
    sheet.figures = [
        Figure(_("Bought when due"), formats.percent(rows[-1]["bought_of_due"], 1), _("within 30 days, at the latest past day")),
        Figure(_("Against any product"), _("%(times)s ×") % {"times": formats.number(rows[-1]["times"], 1)}, _("of what they had bought before")),
        Figure(_("Products with a clock"), formats.number(found["products"]), _("bought again often enough")),
        Figure(_("Usual gap"), _("%(days)s days") % {"days": formats.number(found["crowd"], 0)}, _("between two purchases of the same product")),
    ]  # fmt: skip
    if min(row["times"] for row in rows) > 1:
        sheet.verdicts.append(Verdict(GOOD, _(
            "Trust what is due as a reason to speak: it was bought at least %(times)s times as often as other things bought before."
        ) % {"times": formats.number(min(row["times"] for row in rows), 1)}))  # fmt: skip
    else:
        sheet.verdicts.append(
            Verdict(WARN, _("What was due was not bought more often than other things bought before."))
        )
    if any(row["mae"] > min(row["mae_crowd"], row["mae_own"]) for row in rows):
        sheet.verdicts.append(
            Verdict(WARN, _("The exact day is a guess: at some past days a simpler rule came closer."))
        )
    if any(row["auc_recency"] > row["auc"] for row in rows):
        sheet.verdicts.append(Verdict(WARN, _(
            "The clock says when, not what: at some past days, what was bought last was a better guess of what is bought next."
        )))  # fmt: skip
    sheet.verdicts.append(Verdict(INFO, _(
        "Most of what is due is not bought again in the month it is due: use it to choose what to show, not to plan stock."
    )))  # fmt: skip
    sheet.grids = [_due_grid(rows), _clock_grid(found["shown"])]
    sheet.pictures = [
        Picture("due", _("Bought within 30 days"), _("At each past day."), parts.by_cutoff(
            rows, [("bought_of_due", _("Of what was due")), ("bought_of_all", _("Of all bought before"))], "percent"
        )),
        Picture("errors", _("Mean error in days"), _("Of those bought again within 30 days."), parts.by_cutoff(
            rows, [("mae", _("Ours")), ("mae_crowd", _("One gap for all")), ("mae_own", _("Own mean gap"))]
        )),
    ]  # fmt: skip
    return sheet


def _due_grid(rows: list[dict[str, Any]]) -> Grid:
    head = [
        _("Past day"), _("Customers"), _("Due"), _("Bought of these"), _("of all bought before"), _("Times"), _("Mean error"),
        _("of one gap for all"), _("of the own mean gap"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), formats.number(row["due"]),
            formats.percent(row["bought_of_due"], 1), formats.percent(row["bought_of_all"], 1), parts.number(row["times"], 2),
            *(parts.number(row[key], 1) for key in ("mae", "mae_crowd", "mae_own")),
        ]
        for row in rows
    ]  # fmt: skip
    return Grid(
        _("Back-test"), _("What was due on each past day, and whether it was bought within 30 days."), head, written
    )


def _clock_grid(shown: list[dict[str, Any]]) -> Grid:
    names = catalog.titles_of({one["product_id"] for one in shown})
    rows = [
        [
            names.get(one["product_id"], f"#{one['product_id']}"),
            formats.number(one["gap"], 0),
            formats.number(one["count"]),
        ]
        for one in shown
    ]
    head = [_("Product"), _("Usual days between purchases"), _("Bought again")]
    return Grid(_("Clocks"), _("The products bought again most often."), head, rows)


def timing(found: dict[str, Any]) -> Sheet:
    """Return the sheet of hours and channels."""
    rows, sheet = found["rows"], Sheet()
    sheet.figures = [
        Figure(
            _("In the best three hours"), formats.percent(rows[-1]["hit"], 1), _("of orders, at the latest past day")
        ),
        Figure(_("With everybody's three"), formats.percent(rows[-1]["hit_crowd"], 1), _("the same hours for all")),
        Figure(_("Variants tried"), formats.number(found["variants"]), _("how far hours are drawn to everybody's")),
    ]
    sheet.verdicts = [_habit_verdict(rows, _("own hours"))]
    sheet.verdicts.append(
        Verdict(
            INFO,
            _("The hour of an order is not the hour at which a message is read: a first guess until opens are known."),
        )
    )
    sheet.grids = [_habit_grid(rows, _("Back-test: hours"))]
    sheet.pictures = [
        Picture("hours", _("Orders by hour"), _("Of all customers."), parts.bars(
            _("Share of orders"), [f"{at:02}" for at in range(24)], found["hours"], "percent"
        )),
        Picture("hits", _("Orders in the best three hours"), _("At each past day."), parts.by_cutoff(
            rows, [("hit", _("Own hours")), ("hit_crowd", _("Everybody's hours"))], "percent"
        )),
    ]  # fmt: skip
    channels = found["channels"]
    if channels is None:
        sheet.verdicts.append(
            Verdict(INFO, _("All orders came through one channel, so no channel is preferred to another."))
        )
        return sheet
    if channels["rows"]:
        sheet.verdicts.append(_habit_verdict(channels["rows"], _("own channel")))
        sheet.grids.append(_habit_grid(channels["rows"], _("Back-test: channels")))
    names = [one["channel"] or _("(none)") for one in channels["shares"]]
    sheet.pictures.append(Picture("channels", _("Orders by channel"), _("Of all customers."), parts.bars(
        _("Share of orders"), names, [one["share"] for one in channels["shares"]], "percent"
    )))  # fmt: skip
    return sheet


def _habit_verdict(rows: list[dict[str, Any]], what: str) -> Verdict:
    """Say whether what people themselves do is a better guess than what everybody does."""
    facts = {"what": what, "points": parts.points(rows[-1]["difference"]["value"])}
    if all(row["difference"]["low"] > 0 for row in rows):
        return Verdict(
            GOOD,
            _(
                "The customer's %(what)s is a better guess than everybody's, by %(points)s points at the latest past day."
            )
            % facts,
        )
    if all(row["difference"]["high"] < 0 for row in rows):
        return Verdict(WARN, _("The customer's %(what)s is a worse guess than everybody's: use everybody's.") % facts)
    return Verdict(
        WARN, _("No usable difference found between the customer's %(what)s and everybody's: either will do.") % facts
    )


def _habit_grid(rows: list[dict[str, Any]], title: str) -> Grid:
    head = [
        _("Past day"),
        _("Customers"),
        _("Orders"),
        _("Hit by their own"),
        _("by everybody's"),
        _("Difference in points"),
    ]
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), formats.number(row["orders"]),
            formats.percent(row["hit"], 1), formats.percent(row["hit_crowd"], 1), parts.between(row["difference"]),
        ]
        for row in rows
    ]  # fmt: skip
    return Grid(title, _("Orders of the 30 days after each past day."), head, written)


def price(found: dict[str, Any]) -> Sheet:
    """Return the sheet of prices."""
    rows, sheet = found["rows"], Sheet()
    sheet.figures = [
        Figure(_("At reduced prices"), formats.percent(found["crowd"], 0), _("of all orders")),
        Figure(_("Better than one share for all"), formats.percent(rows[-1]["difference"]["value"] / rows[-1]["brier_constant"], 0), _("in squared error, at the latest past day")),
        Figure(_("Pairs ranked right"), formats.percent(rows[-1]["auc"], 1), _("at the latest past day; half is chance")),
        Figure(_("Variants tried"), formats.number(found["variants"]), _("how far shares are drawn to everybody's")),
    ]  # fmt: skip
    if all(row["difference"]["low"] > 0 for row in rows):
        sheet.verdicts.append(
            Verdict(
                GOOD,
                _("Trust who leans to reduced prices: at every past day it was surely better than one share for all."),
            )
        )
    else:
        sheet.verdicts.append(Verdict(WARN, _("At some past days it was not surely better than one share for all.")))
    sheet.verdicts.append(Verdict(INFO, _(
        "This is association, not cause: it says who bought at reduced prices, not who would have bought without the reduction. Only a test with a holdout says that."
    )))  # fmt: skip
    sheet.grids = [_price_grid(rows)]
    spans = [f"{low}–{low + 10} %" for low in range(0, 100, 10)]
    sheet.pictures = [
        Picture("errors", _("Squared error"), _("At each past day; less is better."), parts.by_cutoff(
            rows, [("brier", _("Ours")), ("brier_own", _("Own share")), ("brier_constant", _("One share for all"))]
        )),
        Picture("spread", _("Customers today"), _("How many customers lean how far to reduced prices."), parts.bars(
            _("Customers"), spans, queries.spread("reduced_share", _EDGES)
        )),
    ]  # fmt: skip
    _add_products(sheet, found["products"])
    return sheet


def _price_grid(rows: list[dict[str, Any]]) -> Grid:
    head = [
        _("Past day"), _("Customers"), _("Orders"), _("At reduced prices"), _("Expected"), _("Squared error"),
        _("of the own share"), _("of one share for all"), _("Off by, on average"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), formats.number(row["orders"]),
            formats.percent(row["happened"], 1), formats.percent(row["expected"], 1),
            *(parts.number(row[key], 4) for key in ("brier", "brier_own", "brier_constant")), formats.percent(row["ece"], 1),
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _(
        "Orders of the 30 days after each past day; reduced is 5 % below the usual price, or as much discount."
    )
    return Grid(_("Back-test"), subtitle, head, written)


def _add_products(sheet: Sheet, found: dict[str, Any] | None) -> None:
    """Add how demand goes with price, product by product, where prices moved enough to see it."""
    if found is None:
        sheet.verdicts.append(
            Verdict(INFO, _("Too few products changed their price often enough to see how demand goes with it."))
        )
        return
    head = [
        _("Until"),
        _("Product weeks"),
        _("Explained, shrunk"),
        _("by one slope for all"),
        _("by each product's own"),
    ]
    written = [
        [parts.day(row["cutoff"]), formats.number(row["people"]), *(parts.number(row[key], 3) for key in ("r2", "r2_pooled", "r2_own"))]
        for row in found["rows"]
    ]  # fmt: skip
    subtitle = _(
        "Share of the variation of the four weeks after that prices explain; below zero is worse than nothing."
    )
    sheet.grids.append(Grid(_("Demand and price"), subtitle, head, written))
    names = catalog.titles_of({one["product_id"] for one in found["shown"]})
    rows = [
        [
            names.get(one["product_id"], f"#{one['product_id']}"),
            parts.number(one["slope"], 2),
            formats.number(one["weeks"]),
        ]
        for one in found["shown"]
    ]
    subtitle = _(
        "Per cent more or less sold where the price was one per cent higher. For all products together: %(slope)s."
    )
    head = [_("Product"), _("Per cent"), _("Weeks")]
    sheet.grids.append(Grid(_("Products"), subtitle % {"slope": parts.number(found["pooled"], 2)}, head, rows))
    if any(row["r2"] < row["r2_pooled"] for row in found["rows"]):
        sheet.verdicts.append(
            Verdict(
                WARN, _("At some past weeks one slope for all products explained more: read single products with care.")
            )
        )
