import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE


def test_the_set_up_link_works_once(server, chromium, company_set_up):
    page = chromium.new_page()

    page.goto(server.setup_url)

    assert "/accounts/login/" in page.url
    page.close()


@pytest.mark.parametrize(("language", "heading"), [("en", "Three steps"), ("zh-hans", "三步")])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_new_owner_is_shown_what_to_do_first(visit, picture, language, heading, viewport):
    page: Page = visit(language=language, viewport=viewport)

    page.goto("/welcome/")

    expect(page.locator("main")).to_contain_text(heading)
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh-hans": "zh-Hans"}[language])
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    picture(page, f"welcome-{language}-{viewport['width']}")
