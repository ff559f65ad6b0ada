"""Why the identities of a customer belong together, and how merges are taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer, CustomerMerge, Identity, IdentityMove, IdentityReason
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.queries import merging as merges
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats
from shuke.web.customer_cards import title_of
from shuke.web.customer_timeline import staff_names

_REASONS = dict(IdentityReason.choices)


@dataclass(frozen=True, slots=True)
class Shown:
    """One identity, ready to be shown."""

    label: str
    where: str
    value: str
    reason: str
    since: datetime
    source: str
    is_shared: bool
    moves: list[str]


@page("customers.view")
def why(request: Request, uuid: UUID) -> HttpResponse:
    """Show each identity of a customer with why it is theirs, and the merges they took part in."""
    customer = found_or_404(uuid)
    sees = may(request, "customers.view_contacts")
    history = merges.merges_of(customer.pk)
    people = {edge.survivor_id: edge.survivor for edge in history} | {edge.merged_id: edge.merged for edge in history}
    names = {pk: name_of(one, sees_contacts=sees) for pk, one in people.items()} | {
        customer.pk: name_of(customer, sees_contacts=sees)
    }
    context = {
        "customer": customer,
        "title": names[customer.pk],
        "identities": _shown(customer, names, sees_contacts=sees),
        "merges": _merges_shown(history, names),
        "may_merge": may(request, "customers.merge"),
    }
    return render(request, "web/customer_identities.html", context)


def found_or_404(uuid: UUID) -> Customer:
    """Return the customer at an address, the survivor for a merged one."""
    try:
        return customers.by_uuid(uuid)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        raise


def name_of(customer: Customer, *, sees_contacts: bool) -> str:
    """Return what a customer is called where nothing else about them is shown."""
    return title_of(customer, [], sees_contacts=sees_contacts)


def shown_of(customer: Customer, *, sees_contacts: bool) -> list[Shown]:
    """Return the identities of a customer, for previews."""
    return _shown(customer, {}, sees_contacts=sees_contacts)


def _shown(customer: Customer, names: Mapping[int, str], *, sees_contacts: bool) -> list[Shown]:
    found = customers.identities_of(customer.pk)
    moves = merges.moves_of(identity.pk for identity in found)
    clear = identities.addresses_behind(customer.pk) if sees_contacts else {}
    shops = {shop.code: shop.name for shop in company.shops()}
    return [
        Shown(
            label=identities.label_of(one.type),
            where=shops.get(one.namespace, one.namespace),
            value=_value(one, clear, sees_contacts=sees_contacts),
            reason=str(_REASONS.get(one.reason, one.reason)),
            since=one.created_at,
            source=one.source,
            is_shared=one.is_shared,
            moves=[_move(move, names) for move in moves.get(one.pk, ())],
        )
        for one in sorted(
            found, key=lambda one: (identities.TYPES[one.type].priority if one.type in identities.TYPES else 99, one.pk)
        )
    ]


def _value(identity: Identity, clear: Mapping[tuple[str, str], str], *, sees_contacts: bool) -> str:
    """The value as far as the viewer may see it: addresses masked, ids of devices shortened."""
    kind = identities.TYPES.get(identity.type)
    if kind is not None and kind.is_contact:
        address = clear.get((identity.type, identity.value), "")
        return (mask.email if identity.type == "email" else mask.phone)(address) if address else "***"
    if kind is None or not kind.may_show or not sees_contacts:
        return f"{identity.value[:4]}…" if len(identity.value) > 6 else identity.value if sees_contacts else "…"
    return identity.value


def _move(move: IdentityMove, names: Mapping[int, str]) -> str:
    day = formats.day(move.moved_at)
    values = {"day": day, "who": names.get(move.to_customer or 0, ""), "from": names.get(move.from_customer or 0, "")}
    if move.reason == IdentityReason.MERGED:
        return _("%(day)s: came with a merge") % values
    if move.reason == IdentityReason.SPLIT:
        return _("%(day)s: given back by a split") % values
    if move.reason == IdentityReason.SHARED:
        return _("%(day)s: let go, since several people use it") % values
    return _("%(day)s: recognised; its history came along") % values


def _merges_shown(history: Sequence[CustomerMerge], names: Mapping[int, str]) -> list[dict[str, Any]]:
    staff = staff_names({edge.merged_by for edge in history} | {edge.split_by for edge in history})
    return [
        {
            "edge": edge,
            "survivor": names[edge.survivor_id],
            "merged": names[edge.merged_id],
            "by": staff.get(edge.merged_by, ""),
            "split_by": staff.get(edge.split_by, ""),
            "stays": report_in_words(edge.split_report),
        }
        for edge in history
    ]


def report_in_words(report: Mapping[str, Any]) -> list[str]:
    """Return what stayed with the survivor after a split, a sentence for each kind."""
    found = []
    for said in report.values():
        if tags := said.get("tags"):
            found.append(_("Tags put on meanwhile: %(tags)s") % {"tags": formats.listed(tags)})
        if fields := said.get("fields"):
            found.append(_("Details changed meanwhile: %(fields)s") % {"fields": formats.listed(_field_names(fields))})
        for noun, count in said.get("stays", {}).items():
            if noun == "consents":
                found.append(
                    ngettext(
                        "One permission that was taken back meanwhile now holds for both",
                        "%(count)d permissions that were taken back meanwhile now hold for both",
                        count,
                    )
                    % {"count": count}
                )
            elif noun in _STAYS and count:
                found.append(_STAYS[noun](count) % {"count": count})
    return found


# What else may stay with the survivor of a merge that is undone.
_STAYS: Mapping[str, Callable[[int], str]] = MappingProxyType({
    "lists": lambda n: ngettext("One list that they were put on meanwhile", "%(count)d lists that they were put on meanwhile", n),
    "attributes": lambda n: ngettext("One attribute that was set meanwhile", "%(count)d attributes that were set meanwhile", n),
})  # fmt: skip


def field_labels() -> dict[str, str]:
    """Return what the fields of a profile are called."""
    return {
        "name": _("Name"), "country": _("Country"), "region": _("Region"), "city": _("City"), "language": _("Language"),
        "birthday": _("Birthday"), "first_seen_at": _("First seen"), "restricted_at": _("Restriction"),
    }  # fmt: skip


def _field_names(fields: Sequence[str]) -> list[str]:
    labels = field_labels()
    return [labels.get(field, field) for field in fields]


@page("customers.merge", methods=("GET", "POST"))
def split(request: Request, uuid: UUID) -> HttpResponse:
    """Show what undoing a merge gives back, and undo it."""
    try:
        edge = merges.merge_by_uuid(uuid)
        shown = merges.split_preview(edge)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        messages.error(request, str(refusal))
        return redirect("web:customer_identities", edge.merged.uuid)
    if request.method == "POST":
        try:
            actions.split(edge.uuid, by=request.actor, now=request.now)
        except ShukeError as refusal:
            messages.error(request, str(refusal))
            return redirect("web:customer_identities", edge.survivor.uuid)
        messages.success(request, _("They are two customers again. What stayed with the other one is listed below."))
        return redirect("web:customer_identities", edge.merged.uuid)
    sees = may(request, "customers.view_contacts")
    labels = [identities.label_of(one.type) for one in shown.identities]
    context = {
        "edge": edge,
        "holder": shown.holder,
        "holder_title": name_of(shown.holder, sees_contacts=sees),
        "merged_title": name_of(edge.merged, sees_contacts=sees),
        "identity_labels": formats.listed(sorted(set(labels))),
        "identity_count": len(shown.identities),
        "others": len(shown.others),
    }
    return render(request, "web/customer_split.html", context)
