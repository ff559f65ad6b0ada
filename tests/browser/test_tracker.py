"""The browser tracker in a shop of another origin: what a visitor does there arrives under "Live events"."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from typing_extensions import override

from tests.browser.conftest import PHONE, Server

# Ordinary people's browsers do not call themselves headless, and the collector keeps programs out.
AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Mobile/15E148 Safari/604.1"
)
PRODUCT = {
    "@context": "https://schema.org", "@type": "Product", "sku": "T-1", "name": "Dragon Well",
    "brand": {"@type": "Brand", "name": "Willow"}, "offers": {"price": "19.50", "priceCurrency": "CNY"},
}  # fmt: skip


class Shop(ThreadingHTTPServer):
    """A shop of three pages with the snippet in each."""

    snippet = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}"


class _Pages(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        body = {
            "/": "<a id=to href='/p1'>Tea</a><button data-shuke='Coupon Opened' data-shuke-code='W10'>Coupon</button>",
            "/p1": f"<script type='application/ld+json'>{json.dumps(PRODUCT)}</script><h1>Dragon Well</h1>",
        }.get(path, "<h1>Results</h1>")
        said = f"<!doctype html><title>Shop</title><head>{self.server.snippet}</head><body>{body}</body>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(said)

    @override
    def log_message(self, *said: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop(("127.0.0.1", 0), _Pages)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(user_agent=AGENT, viewport=PHONE)  # type: ignore[arg-type]
    yield context
    context.close()


def opened_source(page: Page, name: str, *, consent: str = "not_asked") -> str:
    """Open a source as staff do, and return the snippet that its page gives."""
    page.goto("/sources/new/")
    page.fill("[name=name]", name)
    page.select_option("[name=kind]", "browser")
    page.select_option("[name=shop_id]", "0")
    page.fill("[name=shop_name]", name)
    page.select_option("[name=consent_mode]", consent)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sources/*-*/")
    page.get_by_role("link", name="Put it into your shop").click()
    return page.locator("#snippet").inner_text()


def test_a_visit_arrives_live(
    server: Server,
    shop: Shop,
    visit: Callable[..., Page],
    visitor: BrowserContext,
    picture: Callable[[Page, str], None],
) -> None:
    staff = visit()
    staff.goto("/welcome/")
    shop.snippet = opened_source(staff, "Willow web")
    picture(staff, "tracker-install")
    page = visitor.new_page()

    page.goto(f"{shop.url}/?utm_source=red&utm_medium=social&utm_campaign=autumn&ref=MEI7")
    page.get_by_text("Coupon").click()
    page.click("#to")
    page.wait_for_url("**/p1")
    page.wait_for_load_state("networkidle")
    page.goto(f"{shop.url}/search?q=oolong")
    page.wait_for_load_state("networkidle")  # a request that is cut by leaving is sent again on the next visit only
    page.evaluate(
        "shuke('add', {product_id: 'T-1', quantity: 2, cart_id: 'c1'}); shuke('identify', 'u-7', {email: 'li@example.com'})"
    )
    page.close()  # what has not been sent goes with the browser's beacon

    staff.get_by_role("link", name="Live events").first.click()
    for name in ("Coupon Opened", "Product Viewed", "Products Searched", "Product Added", "Page Viewed"):
        expect(staff.locator("main")).to_contain_text(name)
    picture(staff, "tracker-live")
    cookies = {cookie["name"] for cookie in visitor.cookies(shop.url)}
    assert cookies == {"shuke_id"}


def test_nothing_is_kept_or_sent_before_consent(
    server: Server, shop: Shop, visit: Callable[..., Page], visitor: BrowserContext
) -> None:
    staff = visit()
    shop.snippet = opened_source(staff, "Careful web", consent="required")
    page = visitor.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    page.goto(f"{shop.url}/p1")
    page.wait_for_function("window.shuke && !window.shuke.q")
    page.wait_for_timeout(1_500)

    assert (sent, visitor.cookies(shop.url)) == ([], [])
    assert page.evaluate("localStorage.length") == 0

    with page.expect_request("**/v1/batch") as first:
        page.evaluate("shuke('consent', true)")
    batch = json.loads(first.value.post_data or "")["batch"]
    assert [said.get("event") or said["type"] for said in batch] == ["page", "Product Viewed", "Consent Given"]

    page.evaluate("shuke('consent', false)")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name !== 'shuke_touch')") == []
    assert visitor.cookies(shop.url) == []
