"""Making two customers one, and telling them apart again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers import actions, errors, queries
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord, consents
from shuke.cdp.customers.models import (
    ContactPoint,
    Customer,
    CustomerMerge,
    CustomerTag,
    Identity,
    IdentityMove,
    NameWord,
    Relation,
    Tag,
    TagGroup,
)
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.queries import merging as merges
from shuke.cdp.customers.testing import people
from shuke.cdp.events import queries as events
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.platform.audit.models import AuditEntry

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
BY = Provenance(source="test", actor="system:test", now=NOW)


@pytest.fixture
def pair(company):
    """An older and a newer record of what turns out to be one person."""
    old = PersonRecord(
        external_id="1", email="ada@example.com", name="Ada", country="GB", first_seen_at=NOW - timedelta(days=99)
    )
    new = PersonRecord(
        external_id="2", email="ada@work.example", phone="+447700900123", name="Ada Lovelace", city="Ulm"
    )
    return [*people(old, now=NOW - timedelta(days=90)), *people(new)]


def merge(survivor, merged, actor, **said):
    return actions.merge(survivor.pk, merged.pk, by=actor, now=NOW, **said)


def undo(edge, actor, now=LATER):
    return actions.split(edge.uuid, by=actor, now=now)


def snapshot():
    """Everything that is known of everybody, without what only says when a row was written last."""
    tables = [
        Customer.objects.values(*(f.attname for f in Customer._meta.concrete_fields if f.name != "changed_at")),
        Identity.objects.values(*(f.attname for f in Identity._meta.concrete_fields if f.name != "moved_at")),
        ContactPoint.objects.values(),
        CustomerTag.objects.values("customer_id", "tag_id", "tagged_at", "tagged_by", "home"),
        NameWord.objects.values("customer_id", "word"),
        Relation.objects.values(),
    ]
    return [sorted(map(repr, rows)) for rows in tables]


@pytest.mark.engine
def test_the_survivor_is_known_under_everything_and_the_merged_one_leads_there(pair, actor):
    survivor, merged = pair

    edge = merge(survivor, merged, actor)

    assert {i.value for i in queries.identities_of(survivor.pk)} >= {"1", "2"}
    assert queries.identities_of(merged.pk) == []
    assert len(queries.contacts_of([survivor.pk])[survivor.pk]) == 3
    assert queries.by_uuid(merged.uuid).pk == survivor.pk
    assert queries.by_external_id("web", "2").pk == survivor.pk
    assert queries.ids_of([survivor.uuid, merged.uuid]) == [survivor.pk]
    assert queries.count() == 1
    assert [c.pk for c in queries.customers()] == [survivor.pk]
    assert [c.pk for c in queries.find_by_text("lovelace", sees_contacts=True)] == [survivor.pk]
    survivor.refresh_from_db()
    assert (survivor.name, survivor.country, survivor.city) == ("Ada Lovelace", "GB", "Ulm")
    assert survivor.first_seen_at == NOW - timedelta(days=99)
    event = Event.objects.get(name="customer.merged")
    assert event.customer_id == survivor.pk
    assert event.properties["merged_id"] == merged.pk
    assert IdentityMove.objects.filter(merge=edge, from_customer=merged.pk, to_customer=survivor.pk).count() == 3
    assert AuditEntry.objects.get(verb="customers.merged").target == f"customers.Customer:{survivor.pk}"
    assert b"Ada" not in bytes(edge.kept)


@pytest.mark.engine
def test_a_split_brings_back_exactly_what_was(pair, actor):
    survivor, merged = pair
    actions.tag([survivor.pk, merged.pk], "VIP", by=actor, now=NOW)
    actions.tag([merged.pk], "Wholesale", by=actor, now=NOW)
    friend = people(PersonRecord(external_id="9"))[0]
    Relation.objects.create(
        customer=merged, other=friend, kind="referrer", created_at=NOW, created_by="staff:1", source="staff"
    )
    before = snapshot()

    edge = merge(survivor, merged, actor)
    assert snapshot() != before
    undo(edge, actor)

    assert snapshot() == before
    assert queries.by_uuid(merged.uuid).pk == merged.pk
    edge.refresh_from_db()
    assert (edge.split_at, edge.split_report, bytes(edge.kept)) == (LATER, {}, b"")
    assert Event.objects.filter(name="customer.split").count() == 1


def test_what_arrived_since_follows_its_identity_and_later_acts_stay(pair, actor):
    survivor, merged = pair
    edge = merge(survivor, merged, actor)
    live = Provenance(source="test", actor="system:test", now=NOW + timedelta(days=1))
    with transaction.atomic():
        actions.resolve([PersonRecord(external_id="2", email="new@example.com")], namespace="web", by=live)
        actions.resolve_visitors([VisitorRecord(anonymous_id="a1", user_id="2")], namespace="web", by=live)
    actions.tag([survivor.pk], "Later", by=actor, now=NOW + timedelta(days=1))
    actions.edit(survivor.pk, {"city": "Bath"}, by=actor, now=NOW + timedelta(days=1))

    done = undo(edge, actor)

    assert {i.type for i in queries.identities_of(merged.pk)} == {"external_id", "email", "phone", "anonymous_id"}
    values = {c.value for c in queries.contacts_of([merged.pk])[merged.pk]}
    assert values == {"ada@work.example", "+447700900123", "new@example.com"}
    assert queries.tags_of([survivor.pk, merged.pk]) == {survivor.pk: [Tag.objects.get(name="Later")]}
    survivor.refresh_from_db()
    assert (survivor.name, survivor.city) == ("Ada", "Bath")
    assert done.report == {
        "customers.profile": {"stays": {"fields": 1}, "fields": ["city"]},
        "customers.tags": {"stays": {"tags": 1}, "tags": ["Later"]},
    }


def test_a_tag_taken_off_meanwhile_comes_back(pair, actor):
    survivor, merged = pair
    actions.tag([merged.pk], "VIP", by=actor, now=NOW)
    before = snapshot()
    edge = merge(survivor, merged, actor)
    actions.untag([survivor.pk], Tag.objects.get().pk, by=actor, now=NOW)

    undo(edge, actor)

    assert snapshot() == before


def test_an_exclusive_tag_of_the_survivor_keeps_the_others_away(pair, actor):
    survivor, merged = pair
    group = TagGroup.objects.create(name="Size", is_exclusive=True, created_at=NOW)
    for customer, name in ((survivor, "S"), (merged, "L")):
        actions.tag([customer.pk], name, by=actor, now=NOW)
    Tag.objects.update(group=group)

    edge = merge(survivor, merged, actor)
    assert [tag.name for tag in queries.tags_of([survivor.pk])[survivor.pk]] == ["S"]
    undo(edge, actor)

    assert [tag.name for tag in queries.tags_of([merged.pk])[merged.pk]] == ["L"]


@pytest.mark.engine
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("shape", ["chain", "star"])
def test_merges_may_be_undone_in_any_order(company, actor, shape, order):
    said = [
        PersonRecord(external_id=str(n), email=f"p{n}@example.com", name=f"Person {n}", city=city)
        for n, city in enumerate(("", "Bonn", "Köln"))
    ]
    a, b, c = people(*said)
    actions.tag([b.pk, c.pk], "VIP", by=actor, now=NOW)
    before = snapshot()
    first = merge(b, c, actor) if shape == "chain" else merge(a, c, actor)
    second = merge(a, b, actor)
    assert queries.by_uuid(c.uuid).pk == a.pk
    edges = [first, second]
    with transaction.atomic():
        actions.resolve([PersonRecord(external_id="2", phone="+447700900123")], namespace="web", by=BY)

    undo(edges[order[0]], actor)
    if (shape, order[0]) == ("chain", 1):
        assert queries.by_uuid(c.uuid).pk == b.pk
    else:
        assert queries.by_uuid((c if order[0] == 0 else b).uuid).pk == (c if order[0] == 0 else b).pk
    undo(edges[order[1]], actor)

    assert {i.type for i in queries.identities_of(c.pk)} == {"external_id", "email", "phone"}
    Identity.objects.filter(type="phone").delete()
    ContactPoint.objects.filter(channel="phone").delete()
    assert snapshot() == before


def test_staff_choose_per_field(pair, actor):
    survivor, merged = pair

    merge(survivor, merged, actor, chosen={"name": "survivor", "city": "survivor"})

    survivor.refresh_from_db()
    assert (survivor.name, survivor.city) == ("Ada", "Ulm")  # an empty city gives way all the same


def test_a_preview_says_what_a_merge_does(pair, actor):
    survivor, merged = pair

    shown = merges.preview(survivor.pk, merged.pk)

    assert {c.field for c in shown.choices if c.differs} == {"name"}
    assert shown.moves == {"identities": 3, "contacts": 2}
    values = {choice.field: choice.value for choice in shown.choices}
    merge(survivor, merged, actor)
    survivor.refresh_from_db()
    assert {name: getattr(survivor, name) for name in values} == values


def test_what_cannot_be_merged_or_split_is_refused(pair, actor):
    survivor, merged = pair
    with pytest.raises(errors.CannotMerge):
        merge(survivor, survivor, actor)
    with pytest.raises(errors.UnknownCustomer):
        actions.merge(survivor.pk, 10**9, by=actor, now=NOW)
    edge = merge(survivor, merged, actor)
    with pytest.raises(errors.CannotMerge):
        merge(survivor, merged, actor)
    undo(edge, actor)
    with pytest.raises(errors.CannotSplit):
        undo(edge, actor)
    company_account = people(PersonRecord(external_id="c"))[0]
    Customer.objects.filter(pk=company_account.pk).update(kind="company")
    with pytest.raises(errors.CannotMerge):
        merge(survivor, company_account, actor)
    Customer.objects.filter(pk=merged.pk).update(erased_at=NOW)
    with pytest.raises(errors.CannotMerge):
        merge(survivor, merged, actor)
    assert CustomerMerge.objects.count() == 1


def test_the_timeline_is_that_of_all_identities(pair, actor, company):
    survivor, merged = pair
    with transaction.atomic():
        [lone] = actions.resolve_visitors([VisitorRecord(anonymous_id="a1")], namespace="web", by=BY)
        _browse("Product Viewed", lone.identity_id, None)
        [known] = actions.resolve_visitors([VisitorRecord(anonymous_id="a1", user_id="2")], namespace="web", by=BY)
    assert _seen(merged) == ["Product Viewed"]

    edge = merge(survivor, merged, actor)
    with transaction.atomic():
        _browse("Product Added", lone.identity_id, survivor.pk)
        _browse("Checkout Started", known.identity_id, survivor.pk)
    assert _seen(survivor) == ["Checkout Started", "Product Added", "Product Viewed"]

    undo(edge, actor)
    assert _seen(merged) == ["Checkout Started", "Product Added", "Product Viewed"]
    assert _seen(survivor) == []


def _browse(name, identity_id, customer_id):
    from shuke.cdp.events.actions import NewEvent, publish

    publish([NewEvent(name, customer_id, NOW, NOW, "web", "source:1", {}, identity_id=identity_id)])


def _seen(customer):
    return sorted(e.name for e in events.timeline_of(identities.past_of(customer.pk)) if e.name[0].isupper())


@pytest.mark.engine
def test_the_strictest_choice_survives_merge_and_split(pair, actor):
    survivor, merged = pair
    grant = {"purpose": "marketing", "action": "granted", "method": "web_form", "evidence": {"form": "newsletter"}}
    with transaction.atomic():
        consents.record(
            [
                consents.Statement(channel="email", address="ada@example.com", occurred_at=NOW, **grant),
                consents.Statement(
                    channel="email", address="ada@work.example", purpose="marketing", action="objected", method="staff",
                    occurred_at=NOW - timedelta(days=50),
                ),
            ],
            by=BY,
        )  # fmt: skip

    edge = actions.merge(survivor.pk, merged.pk, by=actor, now=LATER)
    assert _marketing() == {"objected"}

    undo(edge, actor, LATER + timedelta(days=1))
    assert _marketing() == {"objected"}


def _marketing():
    from shuke.cdp.customers.models import ConsentState

    return set(ConsentState.objects.filter(purpose="marketing").values_list("action", flat=True))


def test_an_undone_import_leaves_whoever_was_merged(company, actor):
    a, b = people(PersonRecord(external_id="1"), PersonRecord(external_id="2"), import_id=7)
    edge = merge(a, b, actor)

    removal = actions.remove_created_by(7, [a.pk, b.pk])

    assert dict(removal.kept) == {a.pk: "identities", b.pk: "merges"} or set(dict(removal.kept)) == {a.pk, b.pk}
    undo(edge, actor)


def test_a_merge_takes_a_constant_number_of_queries(company, actor, django_assert_max_num_queries):
    for count in (1, 30):
        said = [PersonRecord(external_id=f"{count}")] + [
            PersonRecord(external_id=f"x{count}", email=f"p{count}-{n}@example.com") for n in range(count)
        ]
        found = people(*said)
        with django_assert_max_num_queries(75):
            edge = merge(found[0], found[1], actor)
        with django_assert_max_num_queries(85):
            undo(edge, actor)
