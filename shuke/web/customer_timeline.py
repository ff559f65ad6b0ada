"""What happened to one customer, as sentences in order of time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.cdp.events.models import Event
from shuke.insight.segments import queries as segments
from shuke.platform.staff.models import Staff
from shuke.platform.ui import formats

Said = Mapping[str, Any]
Label = str | Promise

# How the log names the fields of a person.
_FIELDS: Mapping[str, Label] = {
    "name": gettext_lazy("name"), "country": gettext_lazy("country"), "region": gettext_lazy("region"),
    "city": gettext_lazy("city"), "language": gettext_lazy("language"), "birthday": gettext_lazy("birthday"),
    "first_seen_at": gettext_lazy("first seen"), "email": gettext_lazy("e-mail"), "phone": gettext_lazy("phone"),
    "address": gettext_lazy("postal address"), "identities": gettext_lazy("ids"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the things that events mention by code."""

    shops: Mapping[str, str]
    segments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of event is shown: its name in filters, its icon, and the sentence it tells."""

    label: Label
    icon: str
    sentence: Callable[[Said, Names], str]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One event, ready to be shown. ``day`` is set on the first of each day."""

    at: datetime
    icon: str
    tone: str
    title: str
    url: str
    actor: str
    source: str
    day: date | None


def _placed(said: Said, names: Names) -> str:
    count = int(said.get("line_count") or 0)
    text = ngettext(
        "Ordered for %(amount)s at %(shop)s: one line (order %(number)s)",
        "Ordered for %(amount)s at %(shop)s: %(count)s lines (order %(number)s)",
        count,
    )
    return text % {"amount": _amount(said, "gross_minor"), "count": count, **_where(said, names)}


def _order_changed(said: Said, names: Names) -> str:
    text = _("Order %(number)s at %(shop)s was updated; it now comes to %(amount)s")
    return text % {"amount": _amount(said, "gross_minor"), **_where(said, names)}


def _refunded(said: Said, names: Names) -> str:
    text = _("Got %(amount)s back from %(shop)s (refund %(number)s)")
    return text % {"amount": _amount(said, "amount_minor"), **_where(said, names)}


def _refund_changed(said: Said, names: Names) -> str:
    text = _("Refund %(number)s at %(shop)s was updated; it now comes to %(amount)s")
    return text % {"amount": _amount(said, "amount_minor"), **_where(said, names)}


def _adjusted(said: Said, names: Names) -> str:
    text = _("The books were corrected by %(amount)s at %(shop)s (%(number)s)")
    return text % {"amount": _amount(said, "amount_minor"), **_where(said, names)}


def _created(said: Said, names: Names) -> str:
    shop = str(said.get("shop") or "")
    return _("Became known at %(shop)s") % {"shop": names.shops.get(shop, shop)} if shop else _("Became known")


def _changed(said: Said, names: Names) -> str:  # noqa: ARG001  all sentences are asked alike
    fields = [str(_FIELDS.get(name, name)) for name in said.get("fields", ())]
    return _("Details changed: %(fields)s") % {"fields": formats.listed(fields)}


def _amount(said: Said, name: str) -> str:
    return formats.money(said.get(name), str(said.get("currency") or ""))


def _where(said: Said, names: Names) -> dict[str, str]:
    shop = str(said.get("shop") or "")
    return {"shop": names.shops.get(shop, shop), "number": str(said.get("number") or "–")}


def _segment(known: Label, unknown: Label) -> Callable[[Said, Names], str]:
    """A sentence about a segment, by the name it has today."""

    def sentence(said: Said, names: Names) -> str:
        name = names.segments.get(str(said.get("segment") or ""))
        return str(known) % {"thing": name} if name else str(unknown)

    return sentence


def _naming(text: Label, key: str, without: Label) -> Callable[[Said, Names], str]:
    """A sentence about one thing that the event names, or the plain one if it does not."""

    def sentence(said: Said, names: Names) -> str:  # noqa: ARG001
        thing = str(said.get(key) or "")
        return str(text) % {"thing": thing} if thing else str(without)

    return sentence


def _browsing(label: Label, icon: str, text: Label, key: str = "name") -> Kind:
    return Kind(label, icon, _naming(text, key, label))


KINDS: Mapping[str, Kind] = {
    "order.placed": Kind(gettext_lazy("Orders"), "shopping-cart", _placed, "good"),
    "order.changed": Kind(gettext_lazy("Changed orders"), "refresh", _order_changed),
    "order.refunded": Kind(gettext_lazy("Refunds"), "receipt-refund", _refunded, "bad"),
    "refund.changed": Kind(gettext_lazy("Changed refunds"), "refresh", _refund_changed),
    "sales.adjusted": Kind(gettext_lazy("Corrections"), "scale", _adjusted),
    "customer.created": Kind(gettext_lazy("Became known"), "user-plus", _created, "accent"),
    "customer.changed": Kind(gettext_lazy("Changed details"), "edit", _changed),
    "customer.tagged": Kind(
        gettext_lazy("Tagged"), "tag", _naming(gettext_lazy("Tagged “%(thing)s”"), "tag", gettext_lazy("Tagged"))
    ),
    "customer.untagged": Kind(
        gettext_lazy("Untagged"), "tag",
        _naming(gettext_lazy("Tag “%(thing)s” taken off"), "tag", gettext_lazy("Untagged")),
    ),
    "segment.entered": Kind(
        gettext_lazy("Entered a segment"), "login",
        _segment(gettext_lazy("Entered the segment “%(thing)s”"), gettext_lazy("Entered a segment")), "accent",
    ),
    "segment.left": Kind(
        gettext_lazy("Left a segment"), "logout",
        _segment(gettext_lazy("Left the segment “%(thing)s”"), gettext_lazy("Left a segment")),
    ),
    "Page Viewed": _browsing(gettext_lazy("Viewed a page"), "eye", gettext_lazy("Viewed the page “%(thing)s”"), "path"),
    "Product Viewed": _browsing(gettext_lazy("Looked at a product"), "eye", gettext_lazy("Looked at %(thing)s")),
    "Products Searched": _browsing(
        gettext_lazy("Searched the shop"), "search", gettext_lazy("Searched for “%(thing)s”"), "query"
    ),
    "Product Added": _browsing(
        gettext_lazy("Put a product in the cart"), "basket", gettext_lazy("Put %(thing)s in the cart")
    ),
    "Product Removed": _browsing(
        gettext_lazy("Took a product out of the cart"), "basket", gettext_lazy("Took %(thing)s out of the cart")
    ),
    "Cart Viewed": _browsing(gettext_lazy("Looked at the cart"), "basket", gettext_lazy("Looked at the cart")),
    "Checkout Started": _browsing(gettext_lazy("Began to pay"), "credit-card", gettext_lazy("Began to pay")),
}  # fmt: skip


def label_of(name: str) -> str:
    """Return what a kind of event is called in filters; shops' own kinds keep their names."""
    return str(KINDS[name].label) if name in KINDS else name


def items(events: Sequence[Event], *, shops: Mapping[str, str]) -> list[Item]:
    """Return events as sentences, each first one of a day marked. Two queries, for the names of staff and segments."""
    names, staff = Names(shops, _segment_names(events)), _staff_names(event.actor for event in events)
    found, last = [], None
    for event in events:
        day = timezone.localtime(event.occurred_at).date()
        found.append(_item(event, names, staff, day if day != last else None))
        last = day
    return found


def _item(event: Event, names: Names, staff: Mapping[str, str], day: date | None) -> Item:
    kind = KINDS.get(event.name)
    return Item(
        at=event.occurred_at,
        icon=kind.icon if kind else "point",
        tone=kind.tone if kind else "",
        title=kind.sentence(event.properties, names) if kind else event.name,
        url=_url(event),
        actor=staff.get(event.actor, ""),
        source=event.source,
        day=day,
    )


def _url(event: Event) -> str:
    """Where the sale or the refund that an event tells of is shown."""
    said = event.properties
    if event.name in {"order.refunded", "refund.changed"} and said.get("refund_id"):
        return reverse("orders:refund", args=[said["refund_id"]])
    if event.name in {"order.placed", "order.changed"} and said.get("order_id"):
        return reverse("orders:detail", args=[said["order_id"]])
    return ""


def _segment_names(events: Sequence[Event]) -> dict[str, str]:
    mentioned = {str(event.properties["segment"]) for event in events if event.properties.get("segment")}
    return {str(found.uuid): found.name for found in segments.existing(mentioned)} if mentioned else {}


def _staff_names(actors: Iterable[str]) -> dict[str, str]:
    ids = {
        int(number)
        for kind, _sep, number in (actor.partition(":") for actor in actors)
        if kind == "staff" and number.isdecimal()
    }
    return {f"staff:{person.pk}": str(person) for person in Staff.objects.filter(pk__in=ids)} if ids else {}
