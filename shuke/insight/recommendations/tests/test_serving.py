"""Answers, what is told of them, and what they earn; over HTTP as a shop asks."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.testing import people
from shuke.cdp.orders.testing import line, order, recorded
from shuke.insight.recommendations import handlers, queries, rules
from shuke.insight.recommendations.actions import feeding, setting
from shuke.insight.recommendations.errors import InvalidToken
from shuke.insight.recommendations.extensions import Forgetting, panel
from shuke.insight.recommendations.models import CrowdList, CustomerList, Feedback, Outcome, ProductList, Run
from shuke.insight.recommendations.queries import lift, tokens
from shuke.insight.recommendations.queries.tokens import Token
from shuke.insight.recommendations.rules import Candidate, Settings, pack
from shuke.platform.staff import api_keys


@pytest.fixture
def ada(shelf):
    """A customer of the shop with lists of her own, and lists of products and of the crowd beside."""
    (customer,) = people(PersonRecord(external_id="ada", name="Ada", country="France"), shop="web")
    Run.objects.create(as_of="2024-06-15", began_at="2024-06-15T00:00Z", finished_at="2024-06-15T00:00Z")
    again = [Candidate(1, 2.0, "repeat", 4, 30), Candidate(2, 1.0, "repeat", 1, 0)]
    new = [Candidate(pk, 1.0 / pk, "discovery", 1, 34) for pk in range(3, 13)]
    CustomerList.objects.create(customer=customer, repeat=pack(again), discovery=pack(new))
    ProductList.objects.create(
        product_id=1, also_bought=pack([Candidate(2, 0.5, "", 1, 40), Candidate(20, 0.4, "", 1, 12)])
    )
    for kind, ids in ((rules.TRENDING, (30, 31)), (rules.BESTSELLERS, (1, 30, 32))):
        CrowdList.objects.create(
            kind=kind, items=pack([Candidate(pk, 9.0 - at, "", 3, 9) for at, pk in enumerate(ids)])
        )
    CrowdList.objects.create(kind=rules.TRENDING, country="France", items=pack([Candidate(33, 2.0, "", 3, 9)]))
    return customer


@pytest.fixture
def ask(client, actor, now):
    """Ask the API as a shop does."""
    _, text = api_keys.create("shop", ["recommendations:read", "recommendations:write"], by=actor, now=now)
    headers = {"Authorization": f"Bearer {text}"}

    def asked(**said):
        return client.get("/api/v1/recommendations", {"shop": "web", **said}, headers=headers).json()

    travel = time_machine.travel(now, tick=False)
    travel.start()
    asked.tell = lambda *items: client.post(
        "/api/v1/recommendations/feedback/batch", {"items": items}, content_type="application/json", headers=headers
    ).json()
    yield asked
    travel.stop()


def save(actor, now, **said):
    setting.save_rules(Settings(**{"holdout_percent": 0, **said}), by=actor, now=now)


def products_of(answer, place=0):
    return [item["product"] for item in answer["lists"][place]["items"]]


def test_buying_again_and_discovering_are_lists_of_their_own_with_reasons(ada, ask, actor, now):
    save(actor, now)
    answer = ask(customer="ada", placement="email", limit=3)

    assert [one["kind"] for one in answer["lists"]] == ["repeat", "discovery"]
    assert products_of(answer) == ["P1", "P2"]
    assert products_of(answer, 1) == ["P3", "P4", "P5"]
    reasons = [[item["reason"] for item in one["items"]] for one in answer["lists"]]
    assert reasons[0] == ["You buy it about every 30 days", "You bought it before"]
    assert reasons[1][0] == "34 others bought it with Thing 1"
    chinese = ask(customer="ada", placement="reorder", language="zh-hans")
    assert "30" in chinese["lists"][0]["items"][0]["reason"]
    assert chinese["lists"][0]["title"] != answer["lists"][0]["title"]


def test_the_number_of_queries_does_not_depend_on_what_is_asked(ada, ask, actor, now):
    save(actor, now, pinned=(7, 8), excluded_products=(5,))
    counts = []
    for said in (
        {"customer": "ada", "limit": 1},
        {"customer": "ada", "limit": 50, "placement": "email", "basket": ",".join(f"P{n}" for n in range(1, 30))},
    ):
        with CaptureQueriesContext(connection) as asked:
            ask(**said)
        counts.append(len(asked))

    assert counts[1] - counts[0] <= 2  # the products named, and their lists
    assert counts[1] <= 16


def test_newcomers_see_their_country_then_what_sells_and_are_told_so(ada, ask, actor, now):
    save(actor, now)
    people(PersonRecord(external_id="new", name="New", country="France"), shop="web")

    unknown, known = ask(customer="nobody"), ask(customer="new")

    assert products_of(unknown) == ["P30", "P31", "P1", "P32"]
    assert "trending" in unknown["lists"][0]["fallback"]
    assert products_of(known)[0] == "P30"  # inside a shop it is the shop's, else everybody's
    assert ask(customer="nobody", placement="reorder")["lists"][0]["items"] == []


def test_a_basket_a_product_and_things_nobody_knows(ada, ask, actor, now):
    save(actor, now)

    assert products_of(ask(placement="product", product="P1")) == ["P2", "P20"]
    assert products_of(ask(placement="basket", basket="P1, P2,P-unknown")) == ["P20"]
    assert products_of(ask(placement="basket", basket="P-unknown"))[0] == "P30"
    assert ask(placement="cellar")["code"] == "recommendations.unknown_placement"


def test_what_was_bought_since_is_not_discovered_and_counts_for_what_was_shown(ada, ask, actor, shelf, now):
    save(actor, now, quiet_days=30)
    token = tokens.read(ask(customer="ada", limit=2)["token"], now=now)
    assert products_of(ask(customer="ada"))[0] == "P3"
    feeding.tell(
        [
            feeding.Told(token, "shown", 0, now - timedelta(hours=3)),
            feeding.Told(token, "clicked", 3, now - timedelta(hours=2)),
        ]
    )

    lines = [line("10.00", product="P3"), line("20.00", product="P4"), line("30.00", product="P40")]
    (sold,) = recorded(shelf[0].shop, order(customer="ada", at=now - timedelta(hours=1), lines=lines), now=now)
    for _ in range(2):
        handlers.attribute([SimpleNamespace(properties={"order_id": sold.record_id})])

    assert products_of(ask(customer="ada"))[0] == "P5"
    outcome = Outcome.objects.get()
    assert (outcome.group, outcome.base_minor) == (rules.TREATED, 6_000)
    assert (outcome.clicked_minor, outcome.shown_minor) == (1_000, 3_000)
    (before,) = recorded(shelf[0].shop, order(customer="ada", at=now - timedelta(days=60), lines=lines), now=now)
    assert feeding.attribute([before.record_id]) == 0


def test_held_out_people_see_the_fallback_and_are_counted_as_such(ada, ask, actor, now):
    save(actor, now, holdout_percent=50)
    group = rules.group_of(f"customer:{ada.pk}", 50)
    answer = ask(customer="ada")

    assert answer["group"] == group
    assert (products_of(answer)[0] == "P3") == (group == rules.TREATED)
    assert tokens.read(answer["token"], now=now).group == group


def test_what_is_told_twice_counts_once_and_strange_tokens_are_refused_by_row(ada, ask, actor, now):
    save(actor, now)
    answer = ask(customer="ada", limit=2)
    at = now.isoformat()
    shown = {"token": answer["token"], "act": "shown", "at": at}
    clicked = {"token": answer["token"], "act": "clicked", "product": "P3", "at": at}

    told = ask.tell(shown, clicked, {**clicked, "product": "P40"}, {**shown, "token": "forged"})
    ask.tell(shown, clicked)

    assert [item["status"] for item in told["items"]] == ["created", "created", "refused", "refused"]
    assert told["items"][3]["errors"][0]["field"] == "token"
    assert sorted(Feedback.objects.values_list("act", "product_id")) == [("clicked", 3), ("shown", 0)]
    with pytest.raises(InvalidToken):
        tokens.read(answer["token"], now=now + timedelta(days=91))


def test_tracked_events_with_a_token_are_noted_once(ada, ask, actor, now):
    save(actor, now)
    token = ask(customer="ada", limit=2)["token"]

    def event(name, **said):
        return SimpleNamespace(name=name, properties=said, received_at=now, occurred_at=now, customer_id=ada.pk)

    said = [
        event("Recommendation Viewed", recommendation=token), event("Product Viewed", recommendation=token, product_id="P4"),
        event("Product Viewed", product_id="P4"), event("Product Viewed", recommendation="forged", product_id="P4"),
        event("Product Viewed", recommendation=token, product_id="P39"),
    ]  # fmt: skip
    handlers.note(said)
    handlers.note(said)

    assert sorted(Feedback.objects.values_list("act", "product_id")) == [("clicked", 4), ("shown", 0)]


def shown_to(customer_id, group, at, products=(3,), number="n"):
    token = Token(f"{number}{customer_id}", f"customer:{customer_id}", customer_id, group, "home", tuple(products), at)
    return feeding.Told(token, "shown", 0, at)


def test_the_lift_waits_until_there_is_enough_and_then_has_an_interval(shelf, now):
    found = people(*(PersonRecord(external_id=f"c{n}", name=f"C{n}") for n in range(500)), shop="web")
    groups = [rules.TREATED if n % 2 else rules.HELD_OUT for n in range(500)]
    feeding.tell([shown_to(one.pk, group, now) for one, group in zip(found, groups, strict=True)])
    since = now - timedelta(days=1)
    assert lift.lift(since=since).missing.code == "few_acting"

    Outcome.objects.bulk_create(
        Outcome(order_id=at, customer_id=one.pk, group=group, at=now, base_minor=1_000)
        for at, (one, group) in enumerate(zip(found, groups, strict=True))
        if at % (3 if group == rules.TREATED else 10) == 0
    )

    earned = lift.lift(since=since)
    assert earned.missing is None
    assert earned.treated.people == earned.held_out.people == 250
    assert earned.ordered.treated == Outcome.objects.filter(group=rules.TREATED).count() / 250
    assert earned.ordered.low < earned.ordered.value < earned.ordered.high
    assert earned.spent.treated == pytest.approx(1_000 * earned.ordered.treated)


def test_who_is_erased_loses_lists_and_feedback(ada, now):
    feeding.tell([shown_to(ada.pk, rules.TREATED, now)])
    assert Forgetting().export([ada.pk])["feedback"]

    counts = Forgetting().erase([ada.pk], now=now)

    assert counts == {"recommendation_lists": 1, "recommendation_feedback": 1}
    assert queries.of_customer(ada.pk) == {}


def test_the_panel_shows_both_lists_with_reasons(ada, analyst, now):
    shown = panel(ada.pk, analyst, now)

    assert [len(one["goods"]) for one in shown["lists"]] == [2, 4]
    assert panel(10**9, analyst, now) is None


def test_what_is_sold_out_or_gone_is_not_shown(ada, ask, actor, now):
    save(actor, now)
    Product.objects.filter(pk=3).update(stock=0)
    Product.objects.filter(pk=4).update(is_active=False)

    assert products_of(ask(customer="ada"))[0] == "P5"
    save(actor, now, in_stock_only=False)
    assert products_of(ask(customer="ada"))[:2] == ["P3", "P4"]
