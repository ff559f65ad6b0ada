"""The rows of an export: read in pieces, a constant number of queries each, so that memory does not grow with size."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.queries import Held
from shuke.cdp.attributes.queries.wording import worded
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer, Identity, Tag
from shuke.insight.segments.models import Membership, Segment
from shuke.insight.segments.rules.language import ATTRIBUTE
from shuke.insight.value import queries as value
from shuke.kernel.money import from_minor

AT_ONCE = 1_000
Cell: TypeAlias = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Piece:
    """What is known of some members, by customer id."""

    identities: dict[int, list[Identity]]
    tags: dict[int, list[Tag]]
    contacts: dict[int, dict[str, str]]
    entered: dict[int, datetime]
    groups: dict[str, str]
    stages: dict[str, str]
    currency: str
    attributes: dict[int, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its code, heading, and how a cell is read. ``is_contact`` asks for the permission to see contacts."""

    code: str
    label: Any
    read: Callable[[Customer, Piece], Cell]
    is_usual: bool = True
    is_contact: bool = False


def _plain(read: Callable[[Customer], Cell]) -> Callable[[Customer, Piece], Cell]:
    """Return a reader of what the customer's own row says."""
    return lambda customer, _piece: read(customer)


def _standing(attribute: str) -> Callable[[Customer, Piece], Cell]:
    return _plain(lambda customer: getattr(getattr(customer, "standing", None), attribute, None))


def _money(attribute: str) -> Callable[[Customer, Piece], Cell]:
    read_minor = _standing(attribute)

    def read(customer: Customer, piece: Piece) -> Cell:
        minor = read_minor(customer, piece)
        return float(from_minor(minor, piece.currency)) if isinstance(minor, int) else None

    return read


def _contact(channel: str) -> Callable[[Customer, Piece], Cell]:
    return lambda customer, piece: piece.contacts.get(customer.pk, {}).get(channel, "")


def _label(attribute: str, labels: str) -> Callable[[Customer, Piece], Cell]:
    read = _standing(attribute)

    def named(customer: Customer, piece: Piece) -> Cell:
        found: str = getattr(piece, labels).get(read(customer, piece), "")
        return found

    return named


COLUMNS = (
    Column("id", _("Customer id"), _plain(lambda customer: str(customer.uuid))),
    Column(
        "external_id", _("Ids in shops"),
        lambda customer, piece: ", ".join(one.value for one in piece.identities.get(customer.pk, ())),
    ),
    Column("name", pgettext_lazy("person", "Name"), _plain(lambda customer: customer.name), is_contact=True),
    Column("email", _("E-mail"), _contact("email"), is_contact=True),
    Column("phone", _("Phone"), _contact("phone"), is_contact=True),
    Column("address", _("Postal address"), _contact("address"), is_usual=False, is_contact=True),
    Column("country", _("Country"), _plain(lambda customer: customer.country)),
    Column("region", _("Region"), _plain(lambda customer: customer.region), is_usual=False),
    Column("city", _("City"), _plain(lambda customer: customer.city)),
    Column("language", _("Language"), _plain(lambda customer: customer.language), is_usual=False),
    Column("first_seen", _("First seen"), _plain(lambda customer: customer.first_seen_at.date()), is_usual=False),
    Column("tags", _("Tags"), lambda customer, piece: ", ".join(tag.name for tag in piece.tags.get(customer.pk, ()))),
    Column("group", _("RFM group"), _label("rfm_group", "groups")),
    Column("stage", _("Lifecycle stage"), _label("stage", "stages")),
    Column("r", _("R score"), _standing("r"), is_usual=False),
    Column("f", _("F score"), _standing("f"), is_usual=False),
    Column("m", _("M score"), _standing("m"), is_usual=False),
    Column("orders", _("Orders"), _standing("orders")),
    Column("net", _("Net revenue"), _money("net_minor")),
    Column("average_order", _("Average order"), _money("average_order_minor"), is_usual=False),
    Column("first_order", _("First order"), _standing("first_order_on"), is_usual=False),
    Column("last_order", _("Last order"), _standing("last_order_on")),
    Column(
        "member_since", _("Member since"),
        lambda customer, piece: found.date() if (found := piece.entered.get(customer.pk)) else None, is_usual=False,
    ),
)  # fmt: skip


def all_columns() -> tuple[Column, ...]:
    """Return every column there is: the fixed ones, and one for each attribute in use."""
    return (*COLUMNS, *(_attribute(one) for one in attributes.active()))


def _attribute(attribute: Attribute) -> Column:
    code = attribute.code
    return Column(
        f"{ATTRIBUTE}{code}", attribute.label, lambda customer, piece: piece.attributes.get(customer.pk, {}).get(code),
        is_usual=False, is_contact=attribute.is_personal,
    )  # fmt: skip


def columns_for(codes: Sequence[str], *, sees_contacts: bool) -> tuple[Column, ...]:
    """Return the chosen columns (the usual ones where none are chosen), without those the person may not see."""
    chosen = [column for column in all_columns() if (column.code in codes if codes else column.is_usual)]
    return tuple(column for column in chosen if sees_contacts or not column.is_contact)


def rows(segment: Segment, ids: Sequence[int], columns: Sequence[Column], *, currency: str) -> Iterator[list[Cell]]:
    """Yield a row per member, in the order of ``ids``; those who are gone by now are left out."""
    wants = {column.code for column in columns}
    groups, stages = value.group_labels(), value.stage_labels()
    for start in range(0, len(ids), AT_ONCE):
        part = list(ids[start : start + AT_ONCE])
        found = customers.customers().filter(pk__in=part).select_related("standing").in_bulk()
        piece = Piece(
            identities=customers.external_ids_of(part) if "external_id" in wants else {},
            tags=customers.tags_of(part) if "tags" in wants else {},
            contacts=_contacts(part) if wants & {"email", "phone", "address"} else {},
            entered=_entered(segment, part) if "member_since" in wants else {},
            groups=groups, stages=stages, currency=currency, attributes=_attributes(part, wants, currency),
        )  # fmt: skip
        for customer_id in part:
            if customer := found.get(customer_id):
                yield [column.read(customer, piece) for column in columns]


def _contacts(ids: list[int]) -> dict[int, dict[str, str]]:
    """Return each customer's first address per channel."""
    found: dict[int, dict[str, str]] = {}
    for customer_id, points in customers.contacts_of(ids).items():
        for point in points:
            found.setdefault(customer_id, {}).setdefault(point.channel, point.value)
    return found


def _attributes(ids: list[int], wants: set[str], currency: str) -> dict[int, dict[str, Cell]]:
    codes = [code.removeprefix(ATTRIBUTE) for code in wants if code.startswith(ATTRIBUTE)]
    held = attributes.values_of(ids, codes=codes) if codes else {}
    return {pk: {one.attribute.code: _cell(one, currency) for one in found} for pk, found in held.items()}


def _cell(held: Held, currency: str) -> Cell:
    """Return a value as a spreadsheet takes it: figures and days as such, choices by their labels."""
    found = held.value
    if held.attribute.kind == "money" and isinstance(found, int):
        return float(from_minor(found, currency))
    if isinstance(found, int | float | date) and not isinstance(found, bool):
        return found
    return worded(held.attribute, found, currency=currency)


def _entered(segment: Segment, ids: list[int]) -> dict[int, datetime]:
    held = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__in=ids)
    return dict(held.values_list("customer_id", "entered_at"))
