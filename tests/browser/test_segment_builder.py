"""The rule builder, by keyboard and by hand, in both languages and at both widths."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE

RULE = {"all": [{"field": "value.r", "op": "is", "value": [5]}]}


def _rule(page: Page) -> Any:
    return json.loads(page.locator("textarea[name=rule]").input_value())


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_rule_is_built_without_writing_json(visit, picture, language, viewport):
    page: Page = visit(language=language, viewport=viewport)
    page.goto("/segments/new/?" + urlencode({"rule": json.dumps(RULE)}))
    expect(page.locator(".clause")).to_have_count(1)

    # By keyboard: open the menu, take its first entry, choose a comparison, type a value that is taken as it stands.
    page.locator(".group > .group-add > .builder-menu > summary").last.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".clause")).to_have_count(2)
    second = page.locator(".clause").nth(1)
    second.locator("select").first.select_option("is_not")
    second.locator(".tokens-input").fill("Atlantis")
    page.keyboard.press("Enter")
    # By hand: a nested group with a figure over orders, narrowed down.
    page.locator(".group-add > button").last.click()
    inner = page.locator(".group .group")
    inner.locator("select").first.select_option("none")
    inner.locator(".builder-menu > summary").first.click()
    inner.locator(".builder-menu-group").nth(2).locator("button").first.click()
    inner.locator("input[type=number]").first.fill("3")
    inner.locator(".builder-period select").select_option("last_days")
    inner.locator(".clause-filters .builder-menu > summary").click()
    inner.locator(".clause-filters .builder-menu-entry").nth(7).click()
    picture(page, f"segment-builder-{language}-{viewport['width']}")

    assert _rule(page) == {
        "all": [
            *RULE["all"],
            {"field": "customer.country", "op": "is_not", "value": ["Atlantis"]},
            {
                "none": [
                    {
                        "orders": "count", "op": "at_least", "value": 3, "period": {"last_days": 30},
                        "where": {"refunded": True},
                    }
                ]
            },
        ]
    }  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_json_and_builder_show_the_same_rule(visit):
    page: Page = visit()
    page.goto("/segments/new/")
    tabs = page.locator(".builder-tabs .tab")

    tabs.nth(1).click()
    page.locator("textarea[name=rule]").fill('{"any": [{"field": "value.net", "op": "at_least", "value": "much"}]}')
    expect(page.locator(".builder-problems")).to_contain_text("any[0].value")
    page.locator("textarea[name=rule]").fill(json.dumps({"any": [*RULE["all"], *RULE["all"]]}))
    expect(page.locator(".builder-problems li")).to_have_count(0)
    tabs.nth(0).click()

    expect(page.locator(".group.is-any .clause")).to_have_count(2)
    page.locator(".clause .builder-sign").first.click()
    assert _rule(page) == {"any": RULE["all"]}
