"""Pages of orders: lists, records, and an import in the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from shuke.cdp.orders import testing
from shuke.cdp.orders.models import Order
from shuke.cdp.orders.tests.files import ROWS, csv_of
from shuke.platform.imports import queries as imports
from shuke.platform.imports.models import Import, ImportState
from shuke.platform.jobs.testing import run_queued

pytestmark = pytest.mark.django_db
ROLES = ["owner", "admin", "marketer", "agent", "analyst", "finance"]
IMPORTERS = {"owner", "admin", "marketer", "finance"}


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


@pytest.fixture
def browser(client_of, marketer):
    return client_of(marketer)


@pytest.fixture
def shop(now):
    return testing.shop(now=now)


def upload(browser, content: bytes, name: str = "orders.csv"):
    return browser.post(reverse("orders:import"), {"file": SimpleUploadedFile(name, content), "shop": "Willow"})


def columns_of(browser, made: Import, **changes: str) -> dict[str, str]:
    form = browser.get(reverse("orders:import_page", args=[made.uuid])).context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def imported(browser, content: bytes) -> Import:
    upload(browser, content)
    made = Import.objects.latest("pk")
    browser.post(reverse("orders:import_columns", args=[made.uuid]), columns_of(browser, made))
    run_queued()
    browser.post(reverse("orders:import_start", args=[made.uuid]))
    run_queued()
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("role", ROLES)
def test_everyone_on_the_staff_may_read_orders(role, client_of, request, shop, now):
    browser = client_of(request.getfixturevalue(role))
    [outcome] = testing.recorded(shop, testing.order(at=now), now=now)

    assert browser.get(reverse("orders:list")).status_code == 200
    assert browser.get(reverse("orders:detail", args=[outcome.record_id])).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_only_some_may_import(role, client_of, request):
    browser = client_of(request.getfixturevalue(role))

    seen = {browser.get(reverse(name)).status_code for name in ("orders:import", "orders:imports")}

    assert seen == ({200} if role in IMPORTERS else {403})


def test_a_refused_upload_leaves_nothing_behind(client_of, agent, tmp_path):
    response = upload(client_of(agent), csv_of())

    assert response.status_code == 403
    assert Import.objects.count() == 0
    assert not (tmp_path / "imports").exists()


def test_strangers_are_sent_to_log_in(stranger_client):
    for name in ("orders:list", "orders:import", "orders:imports"):
        assert stranger_client.get(reverse(name)).status_code == 302


def test_an_upload_needs_its_token(marketer):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(marketer, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert upload(browser, csv_of()).status_code == 403
    assert Import.objects.count() == 0


def test_the_whole_way_in(browser):
    response = upload(browser, csv_of("1009,31/12/2024,ada,,MUG,Mug,1,x,GBP,UK", *ROWS))
    made = Import.objects.get()
    page = browser.get(response.url)

    assert page.templates[0].name == "imports/columns.html"
    assert page.context["form"]["column_number"].value() == "order_number"
    assert page.context["preview"].refused == 1

    browser.post(reverse("orders:import_columns", args=[made.uuid]), columns_of(browser, made))
    assert browser.get(response.url).templates[0].name == "imports/progress.html"
    run_queued()
    check = browser.get(response.url)
    assert check.templates[0].name == "imports/check.html"
    assert [(row["kind"], row["created"]) for row in check.context["outcome"]] == [
        ("order", 2),
        ("refund", 1),
        ("adjustment", 0),
    ]
    assert Order.objects.count() == 0

    browser.post(reverse("orders:import_start", args=[made.uuid]))
    run_queued()
    report = browser.get(response.url)
    assert report.templates[0].name == "imports/report.html"
    assert Order.objects.count() == 2
    lines = (
        b"".join(browser.get(reverse("orders:import_refusals", args=[made.uuid])).streaming_content)
        .decode("utf-8-sig")
        .splitlines()
    )
    assert lines[1] == "2,1009,unit_price,x,This is not a number."


def test_the_preview_follows_the_form(browser):
    upload(browser, csv_of())
    made = Import.objects.get()
    url = reverse("orders:import_preview", args=[made.uuid])

    as_guessed = browser.post(url, columns_of(browser, made)).context["preview"]
    without = browser.post(url, columns_of(browser, made, column_number="")).context["preview"]
    as_semicolons = browser.post(url, columns_of(browser, made, delimiter=";"))

    assert (as_guessed.rows[0].number, as_guessed.rows[0].amount_minor) == ("1001", 900)
    assert without.missing == ["Choose the column with: Order number."]
    assert as_semicolons.context["preview"].rows == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (csv_of()[:90] + b"\n", "no rows below it"),
        (b"%PDF-1.4 \x00", "This is not a table."),
    ],
)
def test_an_unreadable_file_is_refused_on_the_form(browser, content, says):
    response = upload(browser, content)

    assert response.status_code == 200
    assert says in response.context["form"].errors["file"][0]
    assert Import.objects.count() == 0


def test_an_upload_beyond_the_limit_is_refused(browser, settings, tmp_path):
    settings.SHUKE_IMPORT_MOST_BYTES = 100

    response = upload(browser, csv_of())

    assert "larger than the limit" in response.context["form"].errors["file"][0]
    assert not list((tmp_path / "imports").iterdir())


def test_undo_asks_first_and_lists_what_was_changed_since(browser):
    first = imported(browser, csv_of())
    imported(browser, csv_of(ROWS[0].replace("4.50", "9.50"), *ROWS[1:]))
    url = reverse("orders:import_page", args=[first.uuid])

    browser.post(reverse("orders:import_undo", args=[first.uuid]))
    asked = browser.get(url, {"undo": 1})
    browser.post(reverse("orders:import_undo", args=[first.uuid]), {"leave_changed": "1"})
    run_queued()

    assert [row["number"] for row in asked.context["rows"]] == ["1001"]
    first.refresh_from_db()
    assert first.state == ImportState.UNDONE
    assert list(Order.objects.values_list("number", flat=True)) == ["1001"]


def test_discarding_forgets_the_file(browser, tmp_path):
    upload(browser, csv_of())
    made = Import.objects.get()

    browser.post(reverse("orders:import_discard", args=[made.uuid]))

    assert Import.objects.count() == 0
    assert not list((tmp_path / "imports").iterdir())


@pytest.mark.parametrize(
    "name", ["import_start", "import_columns", "import_preview", "import_cancel", "import_discard", "import_undo"]
)
def test_nobody_else_moves_an_import(name, browser, client_of, analyst):
    upload(browser, csv_of())
    made = Import.objects.get()

    response = client_of(analyst).post(reverse(f"orders:{name}", args=[made.uuid]))

    assert response.status_code == 403
    assert Import.objects.get().state == ImportState.UPLOADED
    assert imports.find_import("orders", made.uuid)


def test_the_list_filters(browser, shop, now):
    records = [
        testing.order("1", at=now.replace(hour=9), country="France"), testing.order("2", customer="", at=now.replace(hour=15)),
        testing.order("3", at=now.replace(day=1), lines=[testing.line("99")]), testing.refund("R1", at=now, lines=[testing.line()]),
    ]  # fmt: skip
    testing.recorded(shop, *records, now=now)

    def numbers(**query) -> list[str]:
        return sorted(row["record"].number for row in browser.get(reverse("orders:list"), query).context["rows"])

    assert numbers() == ["1", "2", "3"]
    assert numbers(kind="refund") == ["R1"]
    assert numbers(hour=9) == ["1"]
    assert numbers(weekday=now.isoweekday()) == numbers(weekday=6)
    assert numbers(guest=1) == ["2"]
    assert numbers(country="France") == ["1"]
    assert numbers(min="50") == ["3"]
    assert numbers(**{"from": "2024-06-02"}) == ["1", "2"]
    assert numbers(to="2024-06-01") == ["3"]
    assert numbers(q="3") == ["3"]


def test_names_are_masked_for_those_who_may_not_see_them(client_of, analyst, shop, now):
    from shuke.cdp.customers.actions import PersonRecord
    from shuke.cdp.orders.actions import OrderRecord

    record = OrderRecord("1", now, "GBP", [testing.line()], person=PersonRecord(external_id="a", name="Ada Lovelace"))
    testing.recorded(shop, record, now=now)

    page = client_of(analyst).get(reverse("orders:list")).content.decode()

    assert "A* L*" in page
    assert "Lovelace" not in page


def test_the_list_takes_a_constant_number_of_queries(browser, shop, now, django_assert_max_num_queries):
    testing.recorded(shop, *[testing.order(customer=f"c{n}", at=now) for n in range(30)], now=now)

    with django_assert_max_num_queries(12):
        browser.get(reverse("orders:list"))


def test_an_import_whose_job_was_cancelled_in_the_queue_comes_back(browser):
    upload(browser, csv_of())
    made = Import.objects.get()
    browser.post(reverse("orders:import_columns", args=[made.uuid]), columns_of(browser, made))

    browser.post(reverse("orders:import_cancel", args=[made.uuid]))
    page = browser.get(reverse("orders:import_page", args=[made.uuid]))

    assert page.templates[0].name == "imports/columns.html"
    assert Import.objects.get().state == ImportState.UPLOADED


def test_a_known_layout_is_called_by_name(browser):
    upload(
        browser,
        b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        b"536365,MUG,Blue mug,2,2010-12-01 08:26,4.50,17850,United Kingdom\n",
    )
    made = Import.objects.get()

    page = browser.get(reverse("orders:import_page", args=[made.uuid]), HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()

    assert "Online Retail（UCI）" in page
    assert ">uci-online-retail<" not in page
    assert "熟客自有格式" in page


def test_the_upload_page_explains_the_layouts_we_know(browser):
    page = browser.get(reverse("orders:import"), HTTP_ACCEPT_LANGUAGE="en").content.decode()

    assert "Online Retail (UCI)" in page
    assert "Shuke&#x27;s own layout" in page


def test_the_first_rows_show_the_clock_of_the_shop_whatever_the_clock_of_the_reader(browser, marketer):
    marketer.time_zone = "Asia/Shanghai"
    marketer.save()
    upload(browser, csv_of())

    page = browser.get(reverse("orders:import_page", args=[Import.objects.get().uuid])).content.decode()

    assert "2024-03-01 10:30" in page
