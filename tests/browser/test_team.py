"""Letting a colleague and a program in, as an owner would."""

import json
import urllib.request

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, Server


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_colleague_is_invited_enters_once_and_sees_only_what_their_role_may(
    visit, chromium: Browser, server: Server, picture, viewport
) -> None:
    owner = visit(viewport=viewport)
    owner.goto("/team/invite/")
    email = f"bo{viewport['width']}@willow.example"
    owner.fill("[name=name]", "Bo Li")
    owner.fill("[name=email]", email)
    owner.check("input[value=agent]")
    owner.click("main button[type=submit]")
    link = owner.locator(".copy code").inner_text()
    picture(owner, f"team-link-{viewport['width']}")

    context = chromium.new_context(base_url=server.url, locale="en-GB", viewport=viewport)
    colleague = context.new_page()
    colleague.goto(link)
    colleague.click("main form button[type=submit]")
    colleague.wait_for_url("**/password/set/")
    colleague.fill("[name=password1]", "paper lantern harbour")
    colleague.fill("[name=password2]", "paper lantern harbour")
    colleague.click("main form button[type=submit]")
    colleague.goto("/profile/")
    expect(colleague.locator("main")).to_contain_text(email)
    assert colleague.goto("/team/").status == 403
    assert colleague.goto(link).status == 410
    context.close()


def test_a_key_lets_a_program_write_and_read(visit, server: Server, picture) -> None:
    page = visit()
    page.goto("/keys/new/")
    page.fill("[name=name]", "web shop")
    for scope in ("customers:read", "customers:write"):
        page.check(f"input[value='{scope}']")
    page.click("main button[type=submit]")
    key = page.locator(".copy code").first.inner_text()

    def call(path: str, body: object = None) -> dict:
        content = json.dumps(body).encode() if body else None
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{server.url}/api/v1{path}", content, headers)) as answer:
            return json.load(answer)

    customer = {"external_id": "7", "name": "Ada Lovelace", "email": "ada@example.com"}
    assert call("/customers/batch", {"shop": "Web", "items": [customer]})["created"] == 1
    assert call("/customers?external_id=7")["items"][0]["name"] == "Ada Lovelace"
    page.goto("/keys/")
    expect(page.locator("main")).not_to_contain_text("never")
    page.goto("/keys/reference/")
    operation = page.locator("details", has_text="/api/v1/customers/batch")
    operation.locator("summary").click()
    expect(operation.get_by_text("birthday", exact=True).first).to_be_visible()
    picture(page, "api-reference")
