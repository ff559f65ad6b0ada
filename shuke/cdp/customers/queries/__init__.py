"""Questions about customers."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.models import (
    Channel,
    ContactPoint,
    Customer,
    CustomerMerge,
    CustomerTag,
    Identity,
    NameWord,
    SavedView,
    Tag,
    TagGroup,
)
from shuke.cdp.events import queries as events
from shuke.platform.company import queries as company
from shuke.platform.crypto.blind_index import blind_indexes
from shuke.platform.crypto.sealing import unseal

_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Contact:
    """One address in clear."""

    id: int
    channel: str
    value: str


def customers() -> QuerySet[Customer]:
    """Return all customers, for lists that add their own filters; those merged into another are found under that one."""
    return Customer.objects.filter(merged_into__isnull=True)


def by_uuid(uuid: UUID) -> Customer:
    """Return a customer by public id; that of a merged one leads to the survivor. Raises ``UnknownCustomer``."""
    found = Customer.objects.select_related("merged_into").filter(uuid=uuid).first()
    if found is None:
        raise errors.UnknownCustomer(_("There is no such customer."))
    return found.merged_into or found


def by_external_id(namespace: str, value: str) -> Customer:
    """Return the customer whom a shop knows under an id. Raises ``UnknownCustomer``."""
    key = rules.external_id(value)
    found = Customer.objects.filter(
        identities__type="external_id", identities__namespace=namespace, identities__value=key
    ).first()
    if found is None:
        raise errors.UnknownCustomer(_("There is no such customer."))
    return found


def after(customer_id: int, *, limit: int) -> list[Customer]:
    """Return up to ``limit`` customers after one, by id: the API's cursor."""
    return list(customers().filter(pk__gt=customer_id).order_by("pk")[:limit])


def existing_locked(customer_ids: Sequence[int]) -> list[int]:
    """Lock those of ``customer_ids`` that exist and are merged into nobody, in order, and return them."""
    found = customers().filter(pk__in=customer_ids).order_by("pk").select_for_update()
    return list(found.values_list("pk", flat=True))


def count() -> int:
    """Return how many customers there are."""
    return customers().count()


def names_of(customer_ids: Iterable[int]) -> dict[int, str]:
    """Return names in clear by id, "" where none is known; the caller masks."""
    return dict(Customer.objects.filter(pk__in=list(customer_ids)).values_list("pk", "name"))


def uuids_of(customer_ids: Iterable[int]) -> dict[int, UUID]:
    """Return public ids by id."""
    return dict(Customer.objects.filter(pk__in=list(customer_ids)).values_list("pk", "uuid"))


def ids_of(uuids: Iterable[UUID]) -> list[int]:
    """Return the ids of those public ids that exist, of merged ones that of their survivor; each once."""
    rows = Customer.objects.filter(uuid__in=list(uuids)).order_by("pk").values_list("pk", "merged_into_id")
    return list(dict.fromkeys(into or pk for pk, into in rows))


def numbers_of(uuids: Iterable[UUID]) -> dict[UUID, int]:
    """Return our ids by public id, of those that exist."""
    return dict(Customer.objects.filter(uuid__in=list(uuids)).values_list("uuid", "pk"))


def cards_of(customer_ids: Iterable[int]) -> dict[int, Customer]:
    """Return customers by id, for pages that show some of them."""
    return Customer.objects.in_bulk(list(customer_ids))


def external_ids_of(customer_ids: Iterable[int]) -> dict[int, list[Identity]]:
    """Return the ids under which shops know each customer."""
    found: dict[int, list[Identity]] = {}
    rows = Identity.objects.filter(customer_id__in=list(customer_ids), type="external_id").order_by("namespace", "pk")
    for identity in rows:
        assert identity.customer_id is not None
        found.setdefault(identity.customer_id, []).append(identity)
    return found


def identities_of(customer_id: int) -> list[Identity]:
    """Return every key under which a customer is known."""
    return list(Identity.objects.filter(customer_id=customer_id).order_by("type", "namespace", "pk"))


# --- addresses


def contacts_of(customer_ids: Iterable[int]) -> dict[int, list[Contact]]:
    """Return addresses in clear by customer, in one query. Whoever calls this checks the permission and audits."""
    found: dict[int, list[Contact]] = {}
    for point in ContactPoint.objects.filter(customer_id__in=list(customer_ids)).order_by("channel", "pk"):
        found.setdefault(point.customer_id, []).append(_opened(point))
    return found


def find_contact(customer_id: int, contact_id: int) -> Contact | None:
    """Return one address of a customer in clear, or None."""
    point = ContactPoint.objects.filter(customer_id=customer_id, pk=contact_id).first()
    return _opened(point) if point else None


def _opened(point: ContactPoint) -> Contact:
    return Contact(point.pk, point.channel, unseal(bytes(point.sealed), context=rules.CONTACT_CONTEXT))


# --- search


def ids_by_text(text: str, *, sees_contacts: bool) -> list[QuerySet[Any, Any]]:
    """Return, for each way to read a search text, the ids of the customers that it finds.

    Finds names by the beginnings of their words, e-mail addresses and phone numbers however they are written, phones
    by their last four digits, and shops' own ids. Who may not see contacts cannot search them either, and names only
    by whole words: otherwise guessing would reveal what the mask hides.
    """
    return _ids_by_text(rules.words(text, limit=200), sees_contacts=sees_contacts)


def found_by_text(text: str, *, sees_contacts: bool) -> Q:
    """Return the condition for customers that a search text finds (see ``ids_by_text``)."""
    ids = ids_by_text(text, sees_contacts=sees_contacts)
    return Q(pk__in=ids[0].union(*ids[1:]) if len(ids) > 1 else ids[0])


def find_by_text(text: str, *, sees_contacts: bool, limit: int = 20) -> list[Customer]:
    """Return some customers that a search text finds, newest first."""
    found = customers().filter(found_by_text(text, sees_contacts=sees_contacts))
    return list(found.order_by("-first_seen_at", "-pk")[:limit])


def _ids_by_text(text: str, *, sees_contacts: bool) -> list[QuerySet[Any, Any]]:
    known = Identity.objects.filter(value=text, type="external_id", customer__isnull=False)
    found: list[QuerySet[Any, Any]] = [known.values("customer_id")]
    if sees_contacts:
        points = ContactPoint.objects.values("customer_id")
        if address := rules.email(text):
            return [points.filter(channel=Channel.EMAIL, blind_index__in=blind_indexes("customers.email", address))]
        if number := rules.phone(text, region=_home_region()):
            found.append(points.filter(channel=Channel.PHONE, blind_index__in=blind_indexes("customers.phone", number)))
        if len(text) == rules.TAIL_DIGITS and text.isdecimal():
            found.append(
                points.filter(channel=Channel.PHONE, tail_index__in=blind_indexes("customers.phone_tail", text))
            )
    if (words := text.casefold().split()) and not text.isdecimal():
        found.append(_ids_by_name(words, whole_words=not sees_contacts))
    return found


def _ids_by_name(words: list[str], *, whole_words: bool) -> QuerySet[Any, Any]:
    """Customers whose name has, for each of ``words``, a word (or Chinese part) that begins like it."""
    first, *others = sorted(words, key=len, reverse=True)[: rules.MAX_NAME_WORDS]
    same = NameWord.objects.filter(customer_id=OuterRef("customer_id"))
    rest = [Q(Exists(same.filter(_begins(word, whole=whole_words)))) for word in others]
    return NameWord.objects.filter(reduce(and_, rest, _begins(first, whole=whole_words))).values("customer_id")


def _begins(word: str, *, whole: bool) -> Q:
    if whole:
        return Q(word=word)
    if connection.vendor == "sqlite":  # its LIKE uses no index; its text compares by code point
        return Q(word__gte=word, word__lt=word + _LAST_CHARACTER)
    return Q(word__startswith=word)


def _home_region() -> str:
    found = company.find_company()
    return rules.region_of_zone(found.time_zone) if found else ""


def countries(limit: int = 300) -> list[str]:
    """Return the countries customers are in, by name, hopping over the index instead of reading every row."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE hop(country) AS (
                SELECT min(country) FROM customers_customer WHERE country > ''
                UNION ALL
                SELECT (SELECT min(country) FROM customers_customer WHERE country > hop.country)
                FROM hop WHERE hop.country IS NOT NULL
            )
            SELECT country FROM hop WHERE country IS NOT NULL LIMIT %s
            """,
            [limit],
        )
        return sorted(row[0] for row in cursor.fetchall())


# --- tags


def tag(tag_id: int) -> Tag:
    """Return a tag with its group. Raises ``UnknownTag``."""
    found = Tag.objects.select_related("group").filter(pk=tag_id).first()
    if found is None:
        raise errors.UnknownTag(_("There is no such tag (any more)."))
    return found


def tags() -> list[Tag]:
    """Return every tag with its group: group by group, by name, those without a group at the end."""
    return list(Tag.objects.select_related("group").order_by(F("group__name").asc(nulls_last=True), "name"))


def tags_in(group: TagGroup) -> list[Tag]:
    """Return the tags of a group, by name."""
    return list(Tag.objects.filter(group=group).order_by("name"))


def tag_groups() -> list[TagGroup]:
    """Return the groups of tags, by name."""
    return list(TagGroup.objects.order_by("name"))


def tag_group(group_id: int) -> TagGroup:
    """Return a group of tags. Raises ``UnknownTagGroup``."""
    found = TagGroup.objects.filter(pk=group_id).first()
    if found is None:
        raise errors.UnknownTagGroup(_("There is no such group of tags (any more)."))
    return found


def tag_counts() -> dict[int, int]:
    """Return on how many customers each tag is."""
    counted = CustomerTag.objects.values("tag_id").annotate(n=Count("pk")).order_by()
    return {row["tag_id"]: row["n"] for row in counted}


def tags_of(customer_ids: Iterable[int]) -> dict[int, list[Tag]]:
    """Return the tags of each customer, by name, in one query."""
    found: dict[int, list[Tag]] = {}
    rows = CustomerTag.objects.filter(customer_id__in=list(customer_ids)).select_related("tag").order_by("tag__name")
    for row in rows:
        found.setdefault(row.customer_id, []).append(row.tag)
    return found


# --- saved views


def saved_views(list_name: str, staff_id: int) -> list[SavedView]:
    """Return the views of a list that a member of staff sees: their own and the shared ones."""
    seen = SavedView.objects.filter(Q(owner_id=staff_id) | Q(is_shared=True), list=list_name)
    return list(seen.order_by("name", "pk"))


def all_views(list_name: str) -> list[SavedView]:
    """Return everybody's views of a list, for finding out what they rest on."""
    return list(SavedView.objects.filter(list=list_name).order_by("name", "pk"))


# --- import undo


def holds_on(customer_ids: Sequence[int], *, import_id: int) -> dict[int, str]:
    """Return the customers that an import's undo must leave, each with the reason (see ``actions.undo.Removal``)."""
    ids = list(customer_ids)
    made = set(Customer.objects.filter(pk__in=ids, import_id=import_id).values_list("pk", flat=True))
    others = (
        ("identities", _not_of(Identity.objects.all(), ids, import_id)),
        ("contacts", _not_of(ContactPoint.objects.all(), ids, import_id)),
        ("tags", set(CustomerTag.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True))),
        ("merges", _merged(ids)),
        ("events", events.customers_beyond_import(ids, import_id=import_id)),
    )
    reasons = {pk: "not_created" for pk in ids if pk not in made}
    for reason, held in others:
        for pk in held:
            reasons.setdefault(pk, reason)
    return reasons


def _merged(customer_ids: list[int]) -> set[int]:
    """Customers who take part in a merge, undone or not: it names them."""
    ends = CustomerMerge.objects.filter(Q(survivor_id__in=customer_ids) | Q(merged_id__in=customer_ids))
    return {pk for edge in ends.values_list("survivor_id", "merged_id") for pk in edge}


def _not_of(rows: QuerySet[Any], customer_ids: list[int], import_id: int) -> set[int]:
    """Customers with rows that come from elsewhere than the import."""
    foreign = rows.filter(customer_id__in=customer_ids).filter(Q(import_id__isnull=True) | ~Q(import_id=import_id))
    return set(foreign.values_list("customer_id", flat=True))


# --- conditions for lists


def carrying(tag_id: int) -> Sequence[int]:
    """Return the ids of everybody who carries a tag, rising, as one flat array."""
    held = CustomerTag.objects.filter(tag_id=tag_id).order_by("customer_id")
    return array("q", held.values_list("customer_id", flat=True).iterator(chunk_size=50_000))


def tagged_ids(tag_ids: Sequence[int]) -> QuerySet[CustomerTag, Any]:
    """Return the customers with one of these tags, once per tag."""
    return CustomerTag.objects.filter(tag_id__in=tag_ids).values("customer_id")


def reachable_ids(channel: str) -> QuerySet[ContactPoint, Any]:
    """Return the customers with an address of a channel, once per address."""
    return ContactPoint.objects.filter(channel=channel).values("customer_id")


def tagged_with(tag_ids: Sequence[int], customer_id: Any) -> QuerySet[CustomerTag]:
    """Return the rows that put one of these tags on a customer (an id or an ``OuterRef``)."""
    return CustomerTag.objects.filter(tag_id__in=tag_ids, customer_id=customer_id)


def reachable_by(channel: str, customer_id: Any) -> QuerySet[ContactPoint]:
    """Return a customer's addresses of one channel (an id or an ``OuterRef``)."""
    return ContactPoint.objects.filter(channel=channel, customer_id=customer_id)


def matching(
    *,
    shop: str = "",
    external_id: str = "",
    email: str = "",
    phone: str = "",
    tag: str = "",
    changed_since: datetime | None = None,
) -> QuerySet[Customer]:
    """Return the customers that answer exactly to everything said; a key nobody can have finds nobody."""
    found = customers()
    if external_id:
        keys = Identity.objects.filter(type="external_id", value=rules.external_id(external_id) or external_id)
        found = found.filter(pk__in=(keys.filter(namespace=shop) if shop else keys).values("customer_id"))
    if email:
        found = found.filter(_reached(Channel.EMAIL, "customers.email", rules.email(email)))
    if phone:
        found = found.filter(_reached(Channel.PHONE, "customers.phone", rules.phone(phone, region=_home_region())))
    if tag:
        found = found.filter(pk__in=CustomerTag.objects.filter(tag__name=tag).values("customer_id"))
    if changed_since:
        found = found.filter(changed_at__gte=changed_since)
    return found


def _reached(channel: str, purpose: str, normalised: str) -> Q:
    points = ContactPoint.objects.filter(channel=channel, blind_index__in=blind_indexes(purpose, normalised))
    return Q(pk__in=points.values("customer_id") if normalised else [])


def channels_of(customer_id: int) -> list[str]:
    """Return the kinds of addresses a customer has, without opening any."""
    return sorted(set(ContactPoint.objects.filter(customer_id=customer_id).values_list("channel", flat=True)))


def created_by_import(import_id: int) -> list[int]:
    """Return the ids of the customers that an import made, in order."""
    return list(Customer.objects.filter(import_id=import_id).order_by("pk").values_list("pk", flat=True))
