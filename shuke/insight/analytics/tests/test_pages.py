"""The report pages."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import translation

from shuke.cdp.warehouse import queries as warehouse_queries

PAGES = [
    "sales", "products", "customers", "places", "times", "funnels", "week", "retention", "paths", "holidays", "performance",
    "prices", "returns", "searches", "acquisition", "costs",
]  # fmt: skip
TABLES = ["sales", "products", "categories", "buyers", "cohorts", "countries", "cities", "hours"]
MOST_QUERIES = 12


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_shows_itself_in_both_languages(sold, owner, client_of, language):
    owner.language = language
    owner.save()
    client = client_of(owner)

    answers = {page: client.get(reverse(f"analytics:{page}")) for page in PAGES}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.headers["Content-Language"] for answer in answers.values()} == {language}


def test_every_page_asks_the_warehouse_a_bounded_number_of_questions(sold, owner, client_of, monkeypatch):
    asked, client = [], client_of(owner)
    execute = warehouse_queries.execute
    monkeypatch.setattr(warehouse_queries, "execute", lambda *a, **k: asked.append(a) or execute(*a, **k))

    for page in PAGES:
        asked.clear()
        client.get(reverse(f"analytics:{page}") + "?period=all&sort=-quantity")

        assert 0 < len(asked) <= MOST_QUERIES, page


def test_every_page_says_what_to_do_before_there_is_anything(warehouse, owner, client_of):
    for page in PAGES:
        answer = client_of(owner).get(reverse(f"analytics:{page}"))

        assert answer.status_code == 200
        assert b"Nothing has been sold yet" in answer.content


@pytest.mark.parametrize("page", [*PAGES, "download"])
def test_is_refused_to_agents_and_strangers(agent, client_of, stranger_client, page):
    url = reverse(f"analytics:{page}", args=["sales"] if page == "download" else [])

    assert client_of(agent).get(url).status_code == 403
    assert stranger_client.get(url).status_code == 302


def test_sums_up_the_last_thirty_days_of_data(sold, analyst, client_of):
    answer = client_of(analyst).get(reverse("analytics:sales"))

    # Orders 0 to 3 fall in them, and the refund of order 1.
    whole = answer.context["whole"]
    assert (whole.orders, whole.gross_minor, whole.refunds_minor, whole.net_minor) == (4, 10_000, 2_500, 7_500)
    assert answer.context["extent"].last_on.isoformat() == "2024-06-10"


def test_figures_open_the_orders_and_customers_behind_them(sold, owner, client_of):
    answer = client_of(owner).get(reverse("analytics:sales") + "?from=2024-06-01&to=2024-06-10")

    figures = answer.context["figures"]
    orders, customers = reverse("orders:list"), reverse("web:customers")
    assert figures["orders_url"] == f"{orders}?kind=sale&from=2024-06-01&to=2024-06-10"
    assert figures["refunds_url"] == f"{orders}?kind=refund&from=2024-06-01&to=2024-06-10"
    assert figures["buyers_url"] == f"{customers}?ordered_from=2024-06-01&ordered_to=2024-06-10"
    assert "first_from=2024-06-01" in figures["new_url"]
    assert f'href="{figures["orders_url"]}"'.replace("&", "&amp;") in answer.content.decode()


def test_filters_by_shop(sold, owner, client_of, shop):
    answer = client_of(owner).get(reverse("analytics:sales") + f"?period=all&shop={shop.pk}")

    assert answer.context["whole"].orders == 40
    assert f"shop={shop.pk}" in answer.context["figures"]["orders_url"]


def test_takes_nonsense_for_unsaid(sold, owner, client_of):
    for asked in ("?from=2024-13-45", "?period=nonsense", "?shop=x", "?by=hour", "?shop=999", "?against=?"):
        assert client_of(owner).get(reverse("analytics:sales") + asked).status_code == 200, asked


def test_cohort_cells_open_who_came_back(sold, owner, client_of):
    answer = client_of(owner).get(reverse("analytics:customers"))

    chart = answer.context["cohort_chart"]
    first = next(row for row in chart["series"] if any(row["links"][1:]))
    link = next(link for link in first["links"][1:] if link)
    assert "first_from=" in link
    assert "ordered_from=" in link


def test_every_table_comes_as_a_file(sold, owner, client_of):
    for table in TABLES:
        answer = client_of(owner).get(reverse("analytics:download", args=[table]) + "?period=all")

        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{table}-')
        assert len(rows) > 1, table
        # Cohorts are a triangle, everything else a rectangle.
        assert table == "cohorts" or {len(row) for row in rows} == {len(rows[0])}, table


def test_no_cell_of_a_file_is_a_formula(sold, owner, client_of):
    answer = client_of(owner).get(reverse("analytics:download", args=["products"]) + "?period=all")

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == {f"'=Cup {n}" for n in range(5)}


def test_an_unknown_table_is_not_found(sold, owner, client_of):
    assert client_of(owner).get(reverse("analytics:download", args=["people"])).status_code == 404


def test_the_week_speaks_in_sentences(sold, owner, client_of):
    with translation.override("en"):
        answer = client_of(owner).get(reverse("analytics:week") + "?of=2024-06-05")

    texts = [each["text"] for each in answer.context["sentences"]]
    assert answer.context["title"] == "Jun 3, 2024 to Jun 9, 2024"
    assert texts
    assert all("%(" not in text for text in texts)


def test_the_week_shown_first_is_the_last_whole_one(sold, owner, client_of):
    answer = client_of(owner).get(reverse("analytics:week"))

    # Data ends on a Monday.
    assert answer.context["scope"].period.starts_on.isoformat() == "2024-06-03"


def test_places_are_called_as_the_reader_calls_them(sold, owner, client_of):
    owner.language = "zh-hans"
    owner.save()

    answer = client_of(owner).get(reverse("analytics:places") + "?period=all")

    assert "英国" in answer.context["country_chart"]["categories"]
    assert any("country=United+Kingdom" in (link or "") for link in answer.context["country_chart"]["links"])
