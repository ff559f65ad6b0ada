"""An operator connects a shop and watches the first order arrive."""

import json
import time

import httpx
import pytest
from playwright.sync_api import Page, expect

from shuke.integrations import testing
from tests.browser.conftest import DESKTOP, PHONE


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_shop_is_connected_and_its_first_order_arrives(server, visit, picture, language, viewport):
    prefix = f"{language[:2]}{viewport['width']}"
    page: Page = visit(language=language, viewport=viewport)

    page.goto("/connections/")
    page.locator("a[href='/connections/new/']").first.click()
    picture(page, f"shops-choose-{prefix}")
    page.locator("a[href='/connections/new/shopify/']").click()
    page.fill("[name=name]", f"Willow {prefix}")
    page.fill("[name=address]", "willow.myshopify.com")
    page.fill("[name=secret]", testing.SECRET)
    picture(page, f"shops-form-{prefix}")
    page.locator("main form button[type=submit]").click()
    hook = page.locator("main code", has_text="/hooks/shopify/").first.inner_text().strip()
    picture(page, f"shops-awaiting-{prefix}")

    said = testing.ShopifyOrder(int(time.time() * 10) % 10**9, testing.NOW).said
    body = json.dumps(said).encode()
    at = server.url + "/hooks/" + hook.partition("/hooks/")[2]
    answers = [
        httpx.post(
            at, content=body, headers=testing.headers("shopify", body, topic="orders/create", secret=secret)
        ).status_code
        for secret in (testing.SECRET, "a forged secret, long enough")
    ]
    assert answers == [200, 401]

    arrived = page.locator("#deliveries a[href^='/orders/']").first
    expect(arrived).to_be_visible()
    picture(page, f"shops-arrived-{prefix}")
    page.goto("/sources/live/")
    expect(page.locator("#live").get_by_text(f"Willow {prefix}").first).to_be_visible()
    picture(page, f"shops-live-{prefix}")
    page.locator("#live a[href^='/orders/']").first.click()
    expect(page.locator("main")).to_contain_text(said["name"])
    page.go_back()
    page.locator("#live a[href*='/deliveries/']").first.click()
    page.locator("form[action$='/payload/'] button").click()
    expect(page.locator("pre")).to_contain_text("High Street")
    picture(page, f"shops-delivery-{prefix}")
    page.goto("/connections/")
    picture(page, f"shops-list-{prefix}")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
