"""The page of one customer."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.testing import customer
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord, RefundRecord
from shuke.insight.value.models import Computation, Standing, StandingInterval
from shuke.platform.audit.models import AuditEntry
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.actor import Actor

HISTORY = {"source": "file", "actor": "system:import", "historical": True}


@pytest.fixture
def ada(company, now):
    shop = company_actions.shop_named("Willow Web", now=now, currency="GBP", time_zone="UTC")
    person = PersonRecord(external_id="A-1", name="Ada Lovelace", email="ada@example.com", phone="+442079460958",
                          address="12 St James Square", city="London", country="United Kingdom")  # fmt: skip
    tea = ProductRecord(external_id="T", title="Green tea", category="Tea")
    pot = ProductRecord(external_id="P", title="Tea pot", category="Kitchen")

    def order(number, at, *lines):
        return OrderRecord(number=number, placed_at=at, currency="GBP", person=person, lines=tuple(
            LineRecord(product=p, title=p.title, sku="", quantity=Decimal(q), unit_price=Decimal(price))
            for p, q, price in lines
        ))  # fmt: skip

    records = [
        order("1001", datetime(2024, 1, 5, 10, tzinfo=UTC), (tea, 2, "4.50"), (pot, 1, "21.00")),
        order("1002", datetime(2024, 3, 5, 10, tzinfo=UTC), (tea, 4, "4.50")),
        RefundRecord(number="C7", refunded_at=datetime(2024, 3, 9, tzinfo=UTC), currency="GBP", amount_minor=450,
                     person=person, lines=()),
    ]  # fmt: skip
    with transaction.atomic():
        orders.record(shop, records, by=Provenance(now=now, **HISTORY))
    return Customer.objects.get()


def page_of(client, who, query=""):
    return client.get(f"/customers/{who.uuid}/{query}").content.decode()


def test_says_who_they_are_and_what_they_are_worth(ada, client_of, owner, now):
    customers.tag([ada.pk], "VIP", by=Actor.of(owner), now=now)
    Computation.objects.create(as_of=date(2024, 6, 15), computed_at=now, gap_days=60, customers=1, changed=1)
    Standing.objects.create(customer=ada, orders=2, gross_minor=4800, refunds_minor=450, net_minor=4350, r=3, f=4, m=5, fm=5,
                            first_order_on=date(2024, 1, 5), last_order_on=date(2024, 3, 5), cadence_days=60.0,
                            rfm_group="loyal", stage="at_risk")  # fmt: skip
    StandingInterval.objects.create(
        customer=ada, rfm_group="new", stage="new", valid_from=date(2024, 1, 5), valid_to=date(2024, 3, 5)
    )
    StandingInterval.objects.create(customer=ada, rfm_group="loyal", stage="at_risk", valid_from=date(2024, 3, 5))

    page = page_of(client_of(owner), ada)

    for text in ("Ada Lovelace", "VIP", "£43.50", "£48.00 gross", "£4.50", "£24.00", "Willow Web", "A-1", "a***@example.com",
                 "Green tea", "in 2 orders", "Tea", "Kitchen", "R 3 · F 4 · M 5", "60 days", "At risk", "New customers · New",
                 "London, United Kingdom"):  # fmt: skip
        assert text in page, text


def test_tells_what_happened_in_order_of_time(ada, client_of, owner, now):
    with transaction.atomic():
        seen = NewEvent(
            "Product Viewed", ada.pk, now - timedelta(days=1), now, "site", "system:site", {"name": "Green tea"}
        )
        odd = NewEvent("Wheel Spun", ada.pk, now - timedelta(days=2), now, "site", "system:site", {})
        events.publish([seen, odd])
    client = client_of(owner)

    page = page_of(client, ada)

    sentences = [
        "Looked at Green tea",
        "Wheel Spun",
        "Got £4.50 back from Willow Web (refund C7)",
        "Ordered for £18.00 at Willow Web: one line (order 1002)",
        "Ordered for £30.00 at Willow Web: 2 lines (order 1001)",
        "Became known at Willow Web",
    ]
    history = page[page.index('<ol class="history') :]
    places = [history.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    only = page_of(client, ada, "?kind=order.refunded")
    assert "Got £4.50 back" in only
    assert "Ordered for" not in only
    before = page_of(client, ada, "?until=2024-02-01")
    assert "order 1001" in before
    assert "order 1002" not in before
    assert "Nothing here" in page_of(client, ada, "?until=2001-01-01")


def test_lists_orders_and_refunds(ada, client_of, owner):
    page = page_of(client_of(owner), ada, "?tab=orders")

    for text in ("1001", "1002", "C7", "£30.00"):
        assert text in page


@pytest.mark.parametrize("role", ["analyst", "finance"])
def test_shows_nothing_of_an_address_to_whoever_may_not_see_contacts(ada, client_of, role, request):
    client = client_of(request.getfixturevalue(role))

    for query in ("", "?tab=orders"):
        page = page_of(client, ada, query)
        for secret in ("Lovelace", "ada@", "example.com", "0958", "7946", "St James"):
            assert secret not in page, secret
        assert "A* L*" in page
        assert "hidden" in page


def test_an_address_is_shown_in_full_only_on_demand_and_the_look_is_noted(ada, client_of, agent):
    client = client_of(agent)
    point = next(one for one in queries.contacts_of([ada.pk])[ada.pk] if one.channel == "phone")
    assert "7946" not in page_of(client, ada)

    unexplained = client.post(f"/customers/{ada.uuid}/contacts/{point.id}/")
    response = client.post(f"/customers/{ada.uuid}/contacts/{point.id}/", {"reason": "delivery"})

    assert unexplained.status_code == 422
    assert "7946" not in unexplained.content.decode()
    assert "+442079460958" in response.content.decode()
    entry = AuditEntry.objects.get(verb="customers.contact_revealed")
    assert (entry.actor, entry.target) == (f"staff:{agent.pk}", f"customers.Customer:{ada.pk}")
    assert client.post(f"/customers/{customer().uuid}/contacts/{point.id}/", {"reason": "other"}).status_code == 404


def test_details_are_corrected_by_hand(ada, client_of, agent):
    client = client_of(agent)
    form = {"name": "Augusta Ada King", "country": "United Kingdom", "region": "", "city": "Ockham", "birthday": "1815-12-10",
            "language": "en"}  # fmt: skip

    response = client.post(f"/customers/{ada.uuid}/edit/", form)

    assert response.url == f"/customers/{ada.uuid}/"
    ada.refresh_from_db()
    assert (ada.name, ada.city, ada.birthday) == ("Augusta Ada King", "Ockham", date(1815, 12, 10))
    assert Event.objects.filter(name="customer.changed").latest("id").properties == {
        "fields": ["birthday", "city", "language", "name"]
    }
    assert AuditEntry.objects.get(verb="customers.edited").summary == {
        "fields": ["birthday", "city", "language", "name"]
    }
    assert client.post(f"/customers/{ada.uuid}/edit/", form | {"birthday": "soon"}).status_code == 422


def test_tags_are_put_on_and_taken_off(ada, client_of, agent):
    client = client_of(agent)
    client.post(f"/customers/{ada.uuid}/tags/", {"tag_name": "VIP"})
    assert ">VIP</a>" in page_of(client, ada)
    tag = queries.tags()[0]

    client.post(f"/customers/{ada.uuid}/tags/", {"remove": tag.pk})

    assert ">VIP</a>" not in page_of(client, ada)


def test_nobody_is_not_found(company, client_of, owner):
    assert client_of(owner).get("/customers/0190b1a0-0000-7000-8000-000000000000/").status_code == 404


def test_strangers_are_sent_to_the_log_in(ada, stranger_client):
    assert "login" in stranger_client.get(f"/customers/{ada.uuid}/").url


def test_the_number_of_queries_does_not_depend_on_what_happened(
    ada, client_of, owner, now, django_assert_max_num_queries
):
    client = client_of(owner)
    page_of(client, ada)
    for round_ in (1, 2):
        with transaction.atomic():
            events.publish(
                NewEvent(
                    "Product Viewed", ada.pk, now - timedelta(hours=n), now, "site", f"staff:{n}", {"name": f"{n}"}
                )
                for n in range(60 * round_)
            )
        with django_assert_max_num_queries(53):
            page_of(client, ada)
