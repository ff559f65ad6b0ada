"""Every figure opens the orders or customers it counts."""

import re
from html import unescape

import pytest
from django.urls import reverse

from shuke.cdp.warehouse.testing import fresh_warehouse
from shuke.demo import actions, rules
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

# They share a company, which is built once if one worker has them all.
pytestmark = pytest.mark.xdist_group("behind_figures")

FOLLOWED = re.compile(r'href="(/(?:orders|customers)/\?[^"]*)"')
PAGES = ["web:home", *(f"analytics:{name}" for name in ("sales", "products", "customers", "places", "times", "week"))]


@pytest.fixture(scope="module")
def demo(module_db, tmp_path_factory, now):
    """A demo company of two hundred people, for tests that only read."""
    with pytest.MonkeyPatch.context() as patch, fresh_warehouse(tmp_path_factory.mktemp("demo")):
        patch.setitem(rules.SIZES, "2k", 200)
        patch.setitem(rules.HISTORY_MONTHS, "2k", 0)
        actions.build(now=now)
        yield


@pytest.fixture
def client(demo, db, client_of):
    """The owner of the demo company."""
    return client_of(Staff.objects.get(role=Role.OWNER))


def listed_orders(client, url):
    """Count what a list of orders says it holds, without the cancelled ones."""
    return sum(total.count for total in client.get(url).context["totals"])


def listed_customers(client, url):
    return client.get(url).context["total"].count


@pytest.mark.parametrize("asked", ["?period=30d", "?period=quarter", "?from=2023-11-01&to=2023-11-30", "?period=all"])
def test_lists_hold_as_many_as_the_figures_say(client, asked):
    context = client.get(reverse("analytics:sales") + asked).context

    figures, whole = context["figures"], context["whole"]
    assert listed_orders(client, figures["orders_url"]) == whole.orders
    assert listed_orders(client, figures["guests_url"]) == whole.guest_orders
    assert listed_orders(client, figures["refunds_url"]) == whole.refunds
    assert listed_customers(client, figures["buyers_url"]) == figures["buyers"].buyers
    assert listed_customers(client, figures["new_url"]) == figures["buyers"].new_buyers


def test_lists_of_one_shop_hold_as_many_as_its_figures_say(client):
    shops = client.get(reverse("analytics:sales")).context["frame"].choices.shops
    shop = next(shop for shop in shops if shop.name == rules.SHOP_EN)

    context = client.get(reverse("analytics:sales") + f"?period=90d&shop={shop.pk}").context

    figures, whole = context["figures"], context["whole"]
    assert whole.orders > 0
    assert listed_orders(client, figures["orders_url"]) == whole.orders
    assert listed_customers(client, figures["buyers_url"]) == figures["buyers"].buyers


def test_products_places_and_hours_open_their_orders(client):
    products = client.get(reverse("analytics:products") + "?period=all").context["rows"]
    places = client.get(reverse("analytics:places") + "?period=all").context
    times = client.get(reverse("analytics:times") + "?period=all").context

    for row in products[:5]:
        assert listed_orders(client, row["orders_url"]) == row["figures"].orders
    for row in places["countries"][:3] + places["cities"][:3]:
        assert listed_orders(client, row["orders_url"]) == row["figures"].orders
    assert listed_orders(client, times["busiest_url"]) == times["busiest"].orders


def test_cohort_cells_open_their_customers(client):
    chart = client.get(reverse("analytics:customers") + "?show=customers").context["cohort_chart"]

    cells = [
        (link, value)
        for row in chart["series"]
        for link, value in zip(row["links"], row["values"], strict=False)
        if link
    ]
    assert len(cells) > 20
    for link, value in cells[::7]:
        assert listed_customers(client, link) == value


def test_no_page_links_nowhere(client):
    for page in PAGES:
        html = client.get(reverse(page)).content.decode()
        followed = sorted({unescape(url) for url in FOLLOWED.findall(html)})

        assert followed, page
        for url in followed[::9]:
            assert client.get(url).status_code == 200, url
