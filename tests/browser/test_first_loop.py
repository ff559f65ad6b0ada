"""The whole first loop, as a new owner walks it: a file of orders in, customers understood, an audience out."""

import csv
import io
import random
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE

_COMPUTED_MS = 90_000


def _orders(prefix: str) -> bytes:
    """An export in the generic layout: 60 customers with one to five orders in 2023, and some refunds."""
    luck = random.Random(prefix)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["order_number", "kind", "order_date", "customer_id", "customer_name", "email", "product_id",
                     "product_name", "quantity", "unit_price", "currency", "country"])  # fmt: skip
    number = 0
    for customer in range(60):
        name = f"{prefix} {luck.choice(['Ada', '小柳', 'Grace', '王芳'])} {customer}"
        for _ in range(luck.choice([1, 1, 1, 2, 3, 5])):
            number += 1
            day = date(2023, 1, 1) + timedelta(days=luck.randrange(365))
            who = [f"{prefix}{customer}", name, f"{prefix}{customer}@shop.example"]
            what = [f"P{luck.randrange(9)}", "Tea 茶"]
            for _ in range(luck.randrange(1, 4)):
                row = [f"{prefix}-{number}", "sale", day, *who, *what, luck.randrange(1, 5), "12.50", "GBP", "China"]
                writer.writerow(row)
            if luck.random() < 0.1:
                writer.writerow([f"{prefix}-R{number}", "refund", day, *who, *what, 1, "12.50", "GBP", "China"])
    return text.getvalue().encode("utf-8-sig")


def _import(page: Page, prefix: str) -> None:
    page.goto("/orders/import/")
    page.set_input_files("[name=file]", {"name": f"{prefix}.csv", "mimeType": "text/csv", "buffer": _orders(prefix)})
    page.fill("[name=shop]", f"Shop {prefix}")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("form#columns")).to_be_visible()
    page.locator("form#columns button[type=submit]").last.click()
    page.locator("form[action$='/start/'] button").first.click(timeout=_COMPUTED_MS)
    expect(page.locator("form[action$='/undo/'], a[href*='undo=1']").first).to_be_visible(timeout=_COMPUTED_MS)


def _wait_for_value(page: Page, customers: int) -> None:
    """Value is computed by a job after the import: look again until it counts everybody."""
    for _ in range(_COMPUTED_MS // 1000):
        page.goto("/value/")
        cells = page.locator("table a[href*='/customers/?'][href*='r='][href*='fm=']").all_inner_texts()
        if sum(int(re.sub(r"\D", "", cell) or 0) for cell in cells) >= customers:
            return
        page.wait_for_timeout(1000)
    raise AssertionError("the heat-map does not count the imported customers")


_SEEN = {"customers": 0}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_a_file_of_orders_to_an_exported_audience(visit, picture, language, viewport):
    prefix = f"{language[:2]}{viewport['width']}"
    page: Page = visit(language=language, viewport=viewport)

    _import(page, prefix)
    picture(page, f"import-report-{prefix}")
    _SEEN["customers"] += 60
    _wait_for_value(page, _SEEN["customers"])
    picture(page, f"heat-map-{prefix}")

    # Four clicks from the heat-map to the file: a cell, save as segment, save, export.
    cells = page.locator("table a[href*='/customers/?'][href*='r='][href*='fm=']")
    inside, index = max((int(text.split()[0]), index) for index, text in enumerate(cells.all_inner_texts()))
    cell = cells.nth(index)
    cell.click()
    picture(page, f"customers-of-a-cell-{prefix}")
    page.locator("a[href*='/segments/new/']").first.click()
    expect(page.locator("[name=name]")).not_to_have_value("")
    picture(page, f"segment-form-{prefix}")
    page.locator("form.segment-form button[type=submit]").last.click()
    expect(page.locator("[data-export]")).to_be_visible()
    picture(page, f"segment-{prefix}")
    with page.expect_download() as download:
        page.locator("[data-export]").click()

    rows = list(csv.reader(io.StringIO(download.value.path().read_bytes().decode("utf-8-sig"))))
    assert len(rows) - 1 == inside
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_the_menu_opens_and_fits(visit, picture, language, viewport):
    page: Page = visit(language=language, viewport=viewport)
    page.goto("/")
    addresses = page.eval_on_selector_all(
        "nav a[href^='/']", "links => [...new Set(links.map(link => link.getAttribute('href')))]"
    )

    assert len(addresses) > 8
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        expect(page.locator("main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
        picture(page, f"menu-{address.strip('/').replace('/', '-') or 'home'}-{language}-{viewport['width']}")
