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

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.customers.queries import wording
from shuke.cdp.events import queries as events
from shuke.cdp.events.models import Event
from shuke.crm.team.queries import wording as calls
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
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of event is shown: its icon, and the sentence it tells."""

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


def _cart_abandoned(said: Said, names: Names) -> str:
    text = _("Left a cart worth %(amount)s behind at %(shop)s")
    return text % {"amount": _amount(said, "value_minor"), **_where(said, names)}


def _cart_recovered(said: Said, names: Names) -> str:
    text = _("Bought the cart worth %(amount)s after all that had been left behind at %(shop)s")
    return text % {"amount": _amount(said, "value_minor"), **_where(said, names)}


def _adjusted(said: Said, names: Names) -> str:
    text = _("The books were corrected by %(amount)s at %(shop)s (%(number)s)")
    return text % {"amount": _amount(said, "amount_minor"), **_where(said, names)}


def _created(said: Said, names: Names) -> str:
    shop = str(said.get("shop") or "")
    return _("Became known at %(shop)s") % {"shop": names.shops.get(shop, shop)} if shop else _("Became known")


def _changed(said: Said, names: Names) -> str:  # noqa: ARG001  all sentences are asked alike
    fields = [str(_FIELDS.get(name, name)) for name in said.get("fields", ())]
    return _("Details changed: %(fields)s") % {"fields": formats.listed(fields)}


def _attributes_changed(said: Said, names: Names) -> str:
    labels = [names.attributes.get(code, code) for code in said.get("codes", ())]
    return _("Attributes changed: %(names)s") % {"names": formats.listed(labels)} if labels else _("Attributes changed")


def _wrote(said: Said, names: Names) -> str:  # noqa: ARG001  all sentences are asked alike
    stars = int(said.get("rating") or 0)
    if not stars:
        return _("Wrote something")
    return ngettext("Wrote something: %(stars)s star", "Wrote something: %(stars)s stars", stars) % {"stars": stars}


def _amount(said: Said, name: str) -> str:
    return formats.money(said.get(name), str(said.get("currency") or ""))


def _where(said: Said, names: Names) -> dict[str, str]:
    shop = str(said.get("shop") or "")
    return {"shop": names.shops.get(shop, shop), "number": str(said.get("number") or "–")}


def _called(said: Said, _names: Names) -> str:
    facts = {
        "reason": calls.reason(str(said.get("reason") or "")), "outcome": calls.outcome(str(said.get("outcome") or ""))
    }  # fmt: skip
    return _("Called: %(reason)s. %(outcome)s") % facts


def _segment(name: str, known: Label) -> Callable[[Said, Names], str]:
    """A sentence about a segment, by the name it has today."""

    def sentence(said: Said, names: Names) -> str:
        segment = names.segments.get(str(said.get("segment") or ""))
        return str(known) % {"thing": segment} if segment else events.label_of(name)

    return sentence


def _order_kind(icon: str, text: Label, tone: str = "") -> Kind:
    """A kind whose sentence tells how far a sale has come."""

    def sentence(said: Said, names: Names) -> str:
        return str(text) % {"amount": _amount(said, "gross_minor"), **_where(said, names)}

    return Kind(icon, sentence, tone)


def _consent(text: Label) -> Callable[[Said, Names], str]:
    """A sentence about permission: what for, and through which channel."""

    def sentence(said: Said, names: Names) -> str:  # noqa: ARG001
        purpose, channel = str(said.get("purpose") or ""), str(said.get("channel") or "")
        return str(text) % {"purpose": wording.purpose(purpose), "channel": wording.channel(channel)}

    return sentence


def _message(icon: str, text: Label, tone: str = "") -> Kind:
    """A kind whose sentence tells through which channel a message went."""

    def sentence(said: Said, names: Names) -> str:  # noqa: ARG001
        return str(text) % {"channel": wording.channel(str(said.get("channel") or ""))}

    return Kind(icon, sentence, tone)


def _naming(name: str, icon: str, text: Label, key: str = "name") -> Kind:
    """A kind whose sentence tells of one thing that the event names, or nothing but its own name if it does not."""

    def sentence(said: Said, names: Names) -> str:  # noqa: ARG001
        thing = str(said.get(key) or "")
        return str(text) % {"thing": thing} if thing else events.label_of(name)

    return Kind(icon, sentence)


KINDS: Mapping[str, Kind] = {
    "order.placed": Kind("shopping-cart", _placed, "good"),
    "order.changed": Kind("refresh", _order_changed),
    "order.refunded": Kind("receipt-refund", _refunded, "bad"),
    "order.paid": _order_kind("credit-card", gettext_lazy("Order %(number)s at %(shop)s was paid: %(amount)s"), "good"),
    "order.shipped": _order_kind("truck", gettext_lazy("Order %(number)s at %(shop)s was shipped")),
    "order.delivered": _order_kind("package", gettext_lazy("Order %(number)s at %(shop)s arrived"), "good"),
    "order.completed": _order_kind("circle-check", gettext_lazy("Order %(number)s at %(shop)s was completed"), "good"),
    "order.cancelled": _order_kind("circle-x", gettext_lazy("Order %(number)s at %(shop)s was cancelled"), "bad"),
    "checkout.abandoned": Kind("basket", _cart_abandoned, "warn"),
    "checkout.recovered": Kind("shopping-cart", _cart_recovered, "good"),
    "refund.changed": Kind("refresh", _refund_changed),
    "sales.adjusted": Kind("scale", _adjusted),
    "customer.created": Kind("user-plus", _created, "accent"),
    "customer.changed": Kind("edit", _changed),
    "customer.attributes_changed": Kind("edit", _attributes_changed),
    "customer.tagged": _naming("customer.tagged", "tag", gettext_lazy("Tagged “%(thing)s”"), "tag"),
    "customer.untagged": _naming("customer.untagged", "tag", gettext_lazy("Tag “%(thing)s” taken off"), "tag"),
    "customer.called": Kind("phone", _called, "accent"),
    "journey.entered": _naming("journey.entered", "route", gettext_lazy("Began the journey “%(thing)s”"), "title"),
    "journey.exited": _naming("journey.exited", "flag", gettext_lazy("The journey “%(thing)s” ended"), "title"),
    "customer.merged": Kind("arrows-join", lambda _said, _names: _("Merged with another customer"), "accent"),
    "customer.split": Kind("arrows-split", lambda _said, _names: _("A merge was undone")),
    "consent.requested": Kind("mail", _consent(gettext_lazy("Asked for consent: %(purpose)s, %(channel)s"))),
    "consent.granted": Kind("circle-check", _consent(gettext_lazy("Agreed: %(purpose)s, %(channel)s")), "good"),
    "consent.withdrawn": Kind("circle-x", _consent(gettext_lazy("No longer agrees: %(purpose)s, %(channel)s")), "warn"),
    "contact.suppressed": Kind("ban", _consent(gettext_lazy("Not to be contacted any more: %(channel)s")), "warn"),
    "contact.unsuppressed": Kind("check", _consent(gettext_lazy("May be contacted again: %(channel)s"))),
    "customer.erased": Kind("user-off", lambda _said, _names: _("Erased at their own wish or after a long silence")),
    "customer.restricted": Kind(
        "lock",
        lambda said, _names: (
            _("Use of their data is restricted") if said.get("is_restricted") else _("Their data may be used again")
        ),
    ),
    "segment.entered": Kind(
        "login", _segment("segment.entered", gettext_lazy("Entered the segment “%(thing)s”")), "accent"
    ),
    "text.received": Kind("message", _wrote),
    "message.sent": _message("send", gettext_lazy("Got a message: %(channel)s"), "accent"),
    "message.suppressed": _message("hand-stop", gettext_lazy("A message was held back: %(channel)s")),
    "message.failed": _message("alert-triangle", gettext_lazy("A message did not leave: %(channel)s"), "warn"),
    "message.delivered": _message("circle-check", gettext_lazy("A message arrived: %(channel)s")),
    "message.opened": _message("mail-opened", gettext_lazy("Opened a message: %(channel)s"), "good"),
    "message.clicked": _message("click", gettext_lazy("Followed a link of a message: %(channel)s"), "good"),
    "message.bounced": _message("circle-x", gettext_lazy("A message came back: %(channel)s"), "bad"),
    "message.complained": _message("flag", gettext_lazy("Called a message spam: %(channel)s"), "bad"),
    "message.unsubscribed": _message("hand-stop", gettext_lazy("Wants no more such messages: %(channel)s"), "warn"),
    "message.replied": _message("message", gettext_lazy("Answered a message: %(channel)s"), "good"),
    "segment.left": Kind("logout", _segment("segment.left", gettext_lazy("Left the segment “%(thing)s”"))),
    "Page Viewed": _naming("Page Viewed", "eye", gettext_lazy("Viewed the page “%(thing)s”"), "path"),
    "Product Viewed": _naming("Product Viewed", "eye", gettext_lazy("Looked at %(thing)s")),
    "Products Searched": _naming("Products Searched", "search", gettext_lazy("Searched for “%(thing)s”"), "query"),
    "Product Added": _naming("Product Added", "basket", gettext_lazy("Put %(thing)s in the cart")),
    "Product Removed": _naming("Product Removed", "basket", gettext_lazy("Took %(thing)s out of the cart")),
    "Cart Viewed": _naming("Cart Viewed", "basket", gettext_lazy("Looked at the cart")),
    "Checkout Started": _naming("Checkout Started", "credit-card", gettext_lazy("Began to pay")),
}


def items(shown: Sequence[Event], *, shops: Mapping[str, str]) -> list[Item]:
    """Return events as sentences, each first one of a day marked.

    At most three queries, for the names of staff, segments and attributes.
    """
    names = Names(shops, _segment_names(shown), _attribute_names(shown))
    staff = staff_names(event.actor for event in shown)
    found, last = [], None
    for event in shown:
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
    if event.name.startswith(("order.", "checkout.")) and said.get("order_id"):
        return reverse("orders:detail", args=[said["order_id"]])
    return ""


def _segment_names(shown: Sequence[Event]) -> dict[str, str]:
    mentioned = {str(event.properties["segment"]) for event in shown if event.properties.get("segment")}
    return {str(found.uuid): found.name for found in segments.existing(mentioned)} if mentioned else {}


def _attribute_names(shown: Sequence[Event]) -> dict[str, str]:
    codes = {str(code) for event in shown for code in event.properties.get("codes") or ()}
    return {code: found.label for code, found in attributes.by_code(codes).items()} if codes else {}


def staff_names(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the members of staff among some actors, by reference."""
    ids = {
        int(number)
        for kind, _sep, number in (actor.partition(":") for actor in actors)
        if kind == "staff" and number.isdecimal()
    }
    return {f"staff:{person.pk}": str(person) for person in Staff.objects.filter(pk__in=ids)} if ids else {}
