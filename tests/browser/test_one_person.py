"""An operator merges two duplicates, tells them apart again, hands a person their data and erases them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Server

_DONE_MS = 90_000
_COLUMNS = ("order_number", "kind", "order_date", "customer_id", "customer_name", "email", "phone", "product_id",
            "product_name", "quantity", "unit_price", "currency", "country")  # fmt: skip


def _import(server: Server, folder: Path, prefix: str) -> None:
    """One person in two shops, under two ids, two addresses and two ways to write the name."""
    for shop, name, mail in (("web", "Ada", "home"), ("till", "Ada Lovelace", "work")):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        writer.writerow([f"{prefix}-{shop}", "sale", "2023-05-01", f"{prefix}{shop}", f"{prefix} {name}",
                         f"{prefix}.{mail}@shop.example", "", "P1", "Tea 茶", 2, "12.50", "GBP", "China"])  # fmt: skip
        file = folder / f"{shop}.csv"
        file.write_bytes(text.getvalue().encode("utf-8-sig"))
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SHUKE_", "DJANGO_"))}
        subprocess.run(
            [sys.executable, "-m", "shuke.cli.main", "import", "orders", str(file), "--shop", f"{prefix} {shop}"],
            env=environment | {"SHUKE_HOME": str(server.home)}, check=True, capture_output=True, timeout=240,
        )  # fmt: skip


def _open(page: Page, name: str) -> str:
    """Find a customer by the whole name and return the address of their page."""
    page.goto("/customers/")
    page.goto(f"/customers/?q={name.replace(' ', '+')}")
    page.locator("main a[href^='/customers/']", has_text=re.compile(f"^\\s*{re.escape(name)}\\s*$")).first.click()
    page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}/"))
    return page.url


@pytest.mark.parametrize(("language", "viewport"), [("en", DESKTOP), ("zh-hans", PHONE)], ids=["en", "zh"])
def test_two_become_one_and_two_again_and_one_is_forgotten(server, visit, picture, tmp_path, language, viewport):
    prefix = f"{language[:2]}{viewport['width']}"
    _import(server, tmp_path, prefix)
    page: Page = visit(language=language, viewport=viewport)
    merged = _open(page, f"{prefix} Ada Lovelace")
    survivor = _open(page, f"{prefix} Ada")

    _merge(page, survivor, f"{prefix} Ada Lovelace", picture, prefix)
    page.goto(merged)
    assert page.url.partition("?")[0] == survivor  # the address of the merged one leads there
    expect(page.locator("main")).to_contain_text(f"{prefix}-till")
    picture(page, f"person-merged-{prefix}")

    page.goto(f"{survivor}identities/")
    picture(page, f"person-identities-{prefix}")
    page.locator("#merges a[href*='/split/']").first.click()
    picture(page, f"person-split-{prefix}")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#merges")).to_be_visible()
    picture(page, f"person-apart-{prefix}")
    for url, own, other in ((survivor, "web", "till"), (merged, "till", "web")):
        page.goto(url)
        assert page.url == url
        expect(page.locator("main")).to_contain_text(f"{prefix}-{own}")
        expect(page.locator("main")).not_to_contain_text(f"{prefix}-{other}")

    told = _export(page, merged, picture, prefix)
    assert told["customers"]["profile"][0]["name"] == f"{prefix} Ada Lovelace"
    assert [one["address"] for one in told["customers"]["contacts"]] == [f"{prefix}.work@shop.example"]
    assert [one["number"] for one in told["orders"]["orders"]] == [f"{prefix}-till"]
    assert f"{prefix}.home@" not in json.dumps(told)

    _erase(page, merged, picture, prefix)
    page.goto(merged)
    expect(page.locator("main")).not_to_contain_text("Lovelace")
    picture(page, f"person-erased-{prefix}")
    page.goto(survivor)
    expect(page.locator("main")).to_contain_text(f"{prefix} Ada")


def _merge(page: Page, survivor: str, other: str, picture, prefix: str) -> None:
    page.goto(f"{survivor}merge/")
    page.fill("main [name=q]", other)
    page.locator("main [name=q]").press("Enter")
    picture(page, f"person-choose-{prefix}")
    page.locator("main a[href*='with=']").first.click()
    page.goto(f"{page.url}&survivor={survivor.rstrip('/').rpartition('/')[2]}")
    picture(page, f"person-preview-{prefix}")
    page.locator("main input[name=name][value=survivor]").check()
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(survivor)


def _ask(page: Page, person: str, kind: str) -> None:
    """Note a request and that it was checked who asks."""
    page.goto(f"/privacy/for/{person.rstrip('/').rpartition('/')[2]}/")
    page.select_option("[name=kind]", kind)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/privacy/requests/"))
    page.select_option("[name=method]", index=1)
    page.locator("form[action$='/check/'] button").click()


def _export(page: Page, person: str, picture, prefix: str) -> dict:
    _ask(page, person, "export")
    picture(page, f"person-request-{prefix}")
    page.locator("form[action$='/carry-out/'] button").click()
    page.locator("form[action$='/link/'] button").click(timeout=_DONE_MS)
    link = page.locator("text=/\\/p\\/archive\\/\\S+/").first
    expect(link).to_be_visible()
    picture(page, f"person-link-{prefix}")
    address = re.search(r"/p/archive/[^\s\"<]+", page.content())
    assert address
    page.goto(address[0])
    picture(page, f"person-fetch-{prefix}")
    with page.expect_download() as download:
        page.locator("form button").first.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["data.json", "index.html", "style.css"]
        assert "Ada Lovelace" in archive.read("index.html").decode()
        return json.loads(archive.read("data.json"))


def _erase(page: Page, person: str, picture, prefix: str) -> None:
    _ask(page, person, "erase")
    page.locator("form[action$='/carry-out/'] button").click()
    page.locator("dialog[open] button").last.click()  # it asks first
    certificate = page.locator("a[href*='/privacy/certificates/']").first
    expect(certificate).to_be_visible(timeout=_DONE_MS)
    certificate.click()
    expect(page.locator("main table")).to_be_visible()
    picture(page, f"person-certificate-{prefix}")
