"""The columns of the customer list: which there are, which a person sees, and what stands in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.insight.value.models import Standing
from shuke.platform.ui import formats
from shuke.web.customer_cards import Card


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell; with a tone it is a badge, and stages carry a dot."""

    text: str
    tone: str = ""
    has_dot: bool = False


Reader = Callable[[Card, str], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``read`` is told the currency; ``sort`` names the order of the list that the heading offers."""

    code: str
    label: str | Promise
    read: Reader
    sort: str = ""
    is_usual: bool = False
    is_figure: bool = False
    # Left out on a phone.
    is_spare: bool = False


def _plain(text: Callable[[Card], str]) -> Reader:
    return lambda card, _currency: Cell(text(card) or formats.NOTHING)


def _worth(text: Callable[[Standing, str], str]) -> Reader:
    """Read what a customer is worth; those who came after the last computation have no standing yet."""
    return lambda card, currency: Cell(text(card.standing, currency) if card.standing else formats.NOTHING)


def _group(card: Card, _currency: str) -> Cell:
    return Cell(card.standing.get_rfm_group_display(), card.group_tone) if card.standing else Cell(formats.NOTHING)


def _stage(card: Card, _currency: str) -> Cell:
    return Cell(card.standing.get_stage_display(), card.stage_tone, True) if card.standing else Cell(formats.NOTHING)


COLUMNS = (
    Column("group", _("RFM group"), _group, is_usual=True),
    Column("stage", _("Stage"), _stage, is_usual=True, is_spare=True),
    Column(
        "orders", _("Orders"), _worth(lambda found, _: formats.number(found.orders)), "orders",
        is_usual=True, is_figure=True, is_spare=True,
    ),
    Column(
        "net", _("Net revenue"), _worth(lambda found, currency: formats.money(found.net_minor, currency)), "net",
        is_usual=True, is_figure=True,
    ),
    Column(
        "last_order", _("Last order"), _worth(lambda found, _: formats.day(found.last_order_on)), "last_order",
        is_usual=True,
    ),
    Column(
        "first_seen", _("Known since"), _plain(lambda card: formats.day(card.customer.first_seen_at)), "first_seen",
        is_usual=True, is_spare=True,
    ),
    Column("first_order", _("First order"), _worth(lambda found, _: formats.day(found.first_order_on))),
    Column(
        "average_order", _("Average order"),
        _worth(lambda found, currency: formats.money(found.average_order_minor, currency)), is_figure=True,
    ),
    Column(
        "gross", _("Gross revenue"), _worth(lambda found, currency: formats.money(found.gross_minor, currency)),
        is_figure=True,
    ),
    Column(
        "refunds", _("Refunds"), _worth(lambda found, currency: formats.money(found.refunds_minor, currency)),
        is_figure=True,
    ),
    Column("cadence", _("Days between orders"), _worth(lambda found, _: formats.number(found.cadence_days, 0)), is_figure=True),
    Column("r", _("R score"), _worth(lambda found, _: formats.number(found.r)), is_figure=True),
    Column("f", _("F score"), _worth(lambda found, _: formats.number(found.f)), is_figure=True),
    Column("m", _("M score"), _worth(lambda found, _: formats.number(found.m)), is_figure=True),
    Column("country", _("Country"), _plain(lambda card: formats.country(card.customer.country))),
    Column("region", _("Region"), _plain(lambda card: card.customer.region)),
    Column("city", _("City"), _plain(lambda card: card.customer.city)),
    Column("language", _("Language"), _plain(lambda card: formats.language(card.customer.language))),
)  # fmt: skip
USUAL = tuple(column.code for column in COLUMNS if column.is_usual)


def among(codes: Iterable[str]) -> tuple[str, ...]:
    """Return those codes that name a column, in the order of the columns."""
    wanted = set(codes)
    return tuple(column.code for column in COLUMNS if column.code in wanted)


def shown_to(chosen: Sequence[str]) -> list[Column]:
    """Return the columns that a person sees who has chosen these; the usual ones for somebody who has not."""
    codes = among(chosen) or USUAL
    return [column for column in COLUMNS if column.code in codes]


def rows(
    cards: Iterable[Card], columns: Sequence[Column], currency: str
) -> list[tuple[Card, list[tuple[Column, Cell]]]]:
    """Return each customer with the cells of their row."""
    return [(card, [(column, column.read(card, currency)) for column in columns]) for card in cards]
