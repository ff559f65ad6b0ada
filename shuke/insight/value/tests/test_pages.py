from datetime import date, timedelta

import pytest
from django.urls import reverse

from shuke.cdp.customers.models import Customer
from shuke.cdp.orders.testing import order, recorded, shop
from shuke.insight.value import actions, queries
from shuke.insight.value.rules import ValueSettings
from shuke.platform.audit.models import AuditEntry
from shuke.platform.company import actions as company_actions
from shuke.platform.company.models import Setting
from shuke.platform.jobs.models import Job

PAGES = ("heatmap", "tiers", "stages", "migration", "profitability", "trends", "distribution")


@pytest.fixture
def history(warehouse, company, now):
    """Twelve buyers over a year, in two shops."""
    one, two = shop("Willow", now=now), shop("Oak", now=now)
    for number in range(12):
        sales = [
            order(customer=f"c{number}", at=now - timedelta(days=30 * age + number))
            for age in range(0, 12, number % 4 + 1)
        ]
        recorded(one if number % 3 else two, *sales, now=now, historical=True)
    warehouse.catch_up(now=now)
    actions.recompute(now=now)


@pytest.mark.parametrize("name", PAGES)
def test_before_anything_is_computed_a_page_says_so(warehouse, client_of, marketer, name):
    response = client_of(marketer).get(reverse(f"value:{name}"))

    assert response.status_code == 200
    assert "value/nothing.html" in [template.name for template in response.templates]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_show(history, client_of, analyst, name, language):
    client = client_of(analyst)
    client.cookies["shuke_language"] = language

    response = client.get(reverse(f"value:{name}"))

    assert response.status_code == 200
    assert f"value/{name}.html" in [template.name for template in response.templates]


def test_the_map_holds_every_buyer_and_its_cells_lead_to_them(history, client_of, marketer):
    response = client_of(marketer).get(reverse("value:heatmap"))

    spec = response.context["map"]
    values = [value for row in spec["series"] for value in row["values"]]
    assert sum(values) == 12
    links = [link for row in spec["series"] for link in row["links"] if link]
    assert len(links) == sum(1 for value in values if value)
    assert all("r=" in link and "fm=" in link for link in links)
    assert sum(group["tally"].customers for group in response.context["groups"]) == 12


@pytest.mark.parametrize("axis", ["fm", "f", "m"])
@pytest.mark.parametrize("measure", ["customers", "net", "average"])
def test_the_map_shows_each_measure_on_each_axis(history, client_of, marketer, axis, measure):
    response = client_of(marketer).get(reverse("value:heatmap"), {"axis": axis, "measure": measure})

    assert response.context["map"]["format"] == ("number" if measure == "customers" else "money")


def test_one_shop_is_scored_by_itself(history, client_of, marketer, now):
    chosen = shop("Oak", now=now)
    client = client_of(marketer)

    response = client.get(reverse("value:heatmap"), {"shop": chosen.pk})

    spec = response.context["map"]
    assert sum(value for row in spec["series"] for value in row["values"]) == 4
    link = next(link for row in spec["series"] for link in row["links"] if link)
    assert client.get(link).context["people"]


def test_movement_adds_up_and_leads_to_people(history, client_of, marketer):
    client = client_of(marketer)

    response = client.get(reverse("value:migration"))

    context = response.context
    moved = context["came"] + context["rose"] + context["stayed"] + context["fell"]
    assert moved == 12
    link = next(link for row in context["grid"]["series"] for link in row["links"] if link)
    assert client.get(link).context["people"]


def test_trends_come_by_themselves(history, client_of, marketer):
    response = client_of(marketer).get(reverse("value:trends"), headers={"HX-Request": "true"})

    chart = response.context["chart"]
    assert len(chart["categories"]) == 13
    assert sum(series["values"][-1] for series in chart["series"]) == 12


def test_distribution_counts_everyone(history, client_of, marketer):
    context = client_of(marketer).get(reverse("value:distribution")).context

    assert sum(context["bars"]["series"][0]["values"]) == 12
    assert sum(context["tenths"]["series"][0]["values"]) == pytest.approx(1)


def test_names_are_masked_for_those_who_may_not_see_them(history, client_of, analyst, marketer, now):
    Customer.objects.update(name="Ada Lovelace")
    link = reverse("value:people") + f"?shop={shop('Oak', now=now).pk}"

    assert "Ada Lovelace" not in client_of(analyst).get(link).content.decode()
    assert "Ada Lovelace" in client_of(marketer).get(link).content.decode()


def form_of(client, **changed):
    form = client.get(reverse("value:definitions")).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (values | changed).items() if value is not None}


def test_definitions_can_be_tried_without_saving(history, client_of, marketer):
    client = client_of(marketer)

    response = client.post(reverse("value:definitions"), form_of(client, bins="limits", **{"try": "1"}))

    assert sum(row["now"] for row in response.context["effect"]["groups"]) == 12
    assert not Setting.objects.filter(domain="value").exists()


def test_definitions_are_saved_and_computed(history, client_of, marketer, django_capture_on_commit_callbacks):
    client = client_of(marketer)

    client.post(reverse("value:definitions"), form_of(client, new_days="45", cell_5_5="loyal"))

    assert queries.settings().new_days == 45
    assert queries.settings().group_at(5, 5) == "loyal"
    assert queries.settings().gap_days is None
    assert Job.objects.filter(name="value.recompute").count() == 1
    assert AuditEntry.objects.get(verb="value.configured").summary["new_days"] == {"was": 30, "now": 45}


def test_limits_that_do_not_rise_are_refused(history, client_of, marketer):
    client = client_of(marketer)

    response = client.post(reverse("value:definitions"), form_of(client, active_gaps="5", at_risk_gaps="3"))

    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert queries.settings() == ValueSettings()


@pytest.mark.parametrize("name", [*PAGES, "people", "movers"])
def test_an_agent_is_refused(history, client_of, agent, stranger_client, name):
    assert client_of(agent).get(reverse(f"value:{name}")).status_code == 403
    assert stranger_client.get(reverse(f"value:{name}")).status_code == 302


def test_an_analyst_may_not_change_definitions(history, client_of, analyst, stranger_client):
    for client, status in ((client_of(analyst), 403), (stranger_client, 302)):
        assert client.get(reverse("value:definitions")).status_code == status
        assert client.post(reverse("value:definitions"), {"new_days": "3"}).status_code == status
        assert client.post(reverse("value:recompute")).status_code == status

    assert not Setting.objects.filter(domain="value").exists()
    assert Job.objects.count() == 0


def test_a_manager_asks_for_a_computation(history, client_of, owner):
    client_of(owner).post(reverse("value:recompute"))

    assert Job.objects.get().name == "value.recompute"


def test_pages_take_a_constant_number_of_queries(history, client_of, marketer, django_assert_max_num_queries):
    client = client_of(marketer)
    client.get(reverse("value:heatmap"))

    with django_assert_max_num_queries(20):
        client.get(reverse("value:heatmap"))


def test_month_ends():
    assert queries.month_ends(date(2024, 1, 31), 1) == [date(2023, 12, 31), date(2024, 1, 31)]


def test_tiers_hold_every_buyer_and_lead_to_them(history, client_of, marketer):
    client = client_of(marketer)

    rows = client.get(reverse("value:tiers")).context["rows"]

    assert sum(row["tier"].customers for row in rows) == 12
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    for row in rows:
        if row["tier"].customers:
            assert client.get(row["url"]).context["total"].count == row["tier"].customers
    best = next(row for row in rows if row["tier"].customers)
    rule = client.get(best["segment_url"])
    assert rule.status_code == 200
    assert "value.tier" in best["segment_url"]


def test_flows_between_tiers_lead_to_those_who_moved(history, client_of, marketer):
    client = client_of(marketer)

    flow = client.get(reverse("value:tiers")).context["flow"]

    arrows = [
        (value, link)
        for row in flow["series"]
        for value, link in zip(row["values"], row["links"], strict=True)
        if value
    ]
    assert sum(value for value, _link in arrows) == 12
    for value, link in arrows:
        assert len(client.get(link).context["people"]) == value


def test_strange_flows_are_not_found(history, client_of, marketer):
    assert client_of(marketer).get(reverse("value:tier_movers"), {"was": "top", "now": "gold"}).status_code == 404


def test_profitability_lists_the_best_or_the_worst_first(history, client_of, finance):
    client = client_of(finance)

    best = client.get(reverse("value:profitability")).context["people"]
    worst = client.get(reverse("value:profitability"), {"worst": "1"}).context["people"]

    amounts = [person["net_minor"] for person in best]
    assert len(amounts) == 12
    assert amounts == sorted(amounts, reverse=True)
    assert [person["net_minor"] for person in worst] == sorted(amounts)


def test_a_company_names_its_tiers(history, client_of, marketer, now):
    company_actions.save_settings("value", ValueSettings(tier_names=("钻石", "", "", "")), now=now)

    labels = [row["label"] for row in client_of(marketer).get(reverse("value:tiers")).context["rows"]]

    assert labels == ["钻石", "High", "Medium", "Low", "No tier"]
