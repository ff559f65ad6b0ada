"""What operators, analysts and managers do with what was inferred, from the first click to the last, in both languages.

All of it stands on one set of orders and events, told through the API and the collector. The file comes last: it sets the
usual gap between two purchases, so that who is at risk does not hang on what other tests sold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import translation
from playwright.sync_api import Browser, Locator, Page, expect

from shuke.platform.ui import paper
from tests.browser.conftest import OWNER, PASSWORD, Server

_PATIENCE_MS = 60_000
LANGUAGES = ("en", "zh-hans")
VISIT, TRIAL = "Skin test begun", "Skin test read"


def said(language: str, text: str) -> str:
    """Return what a text of ours is in a language."""
    with translation.override(language):
        return translation.gettext(text)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that tells of its orders and its visitors."""

    server: Server
    api_key: str
    write_key: str

    def order(self, number: str, customer: str, days_ago: float, goods: str, price: str = "400.00") -> dict[str, Any]:
        placed = datetime.now(UTC) - timedelta(days=days_ago)
        return {
            "number": number, "placed_at": placed.isoformat(), "currency": "GBP", "customer": {"external_id": customer, "name": customer},
            "lines": [{"product": f"serum {goods}", "title": "Serum", "category": goods, "unit_price": price}],
        }  # fmt: skip

    def tell(self, *orders: dict[str, Any]) -> None:
        answer = httpx.post(
            f"{self.server.url}/api/v1/orders/batch", json={"shop": "Live", "items": list(orders)},
            headers={"Authorization": f"Bearer {self.api_key}"}, timeout=30,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.json()["refused"] == 0, answer.text

    def track(self, *events: tuple[str, str, float]) -> None:
        batch = [
            {
                "type": "track", "event": name, "userId": who, "messageId": f"{name} {who}",
                "timestamp": (datetime.now(UTC) - timedelta(days=days)).isoformat(),
            }
            for who, name, days in events
        ]  # fmt: skip
        answer = httpx.post(f"{self.server.url}/v1/batch", json={"batch": batch}, auth=(self.write_key, ""), timeout=30)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def shop(server: Server, chromium: Browser, company_set_up: None) -> Iterator[Shop]:
    """The shop with everything it has told so far, counted by the segments."""
    context = chromium.new_context(base_url=server.url, locale="en-GB")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", OWNER)
    page.fill("[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.goto("/keys/new/")
    page.fill("[name=name]", "live")
    page.check("[name=scopes][value='orders:write']")
    page.click("main form button[type=submit]")
    api_key = page.locator(".copy code").first.inner_text()
    page.goto("/sources/new/")
    page.fill("[name=name]", "Live")
    page.select_option("[name=kind]", "server")
    page.select_option("[name=shop_id]", "0")
    page.fill("[name=shop_name]", "Live")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sources/*-*/")
    found = Shop(server, api_key, page.locator(".copy code").first.inner_text())
    page.goto("/value/definitions/")
    page.fill("[name=gap_days]", "10")
    page.locator("main form button[type=submit]:not([name=try])").last.click()
    _tell_all(found)
    _until_counted(page)
    yield found
    context.close()


def _tell_all(shop: Shop) -> None:
    orders = [shop.order("fresh", "fresh", 0, "else", "1.00")]
    events = []
    for language in LANGUAGES:
        goods, loyal, waiting = _names(language)
        orders += [
            shop.order(f"{language}1", loyal, 40, goods),
            shop.order(f"{language}2", loyal, 20, goods),
            shop.order(f"{language}3", waiting, 60, goods),
        ]
        # Three begin, two read on, one of them orders afterwards.
        events += [(f"{language}{n}", f"{VISIT} {language}", 9 - n) for n in range(3)]
        events += [(f"{language}{n}", f"{TRIAL} {language}", 5 - n) for n in range(2)]
        orders += [shop.order(f"{language}tried", f"{language}0", 1, f"tried {language}", "5.00")]
        orders += [
            shop.order(f"{language}before{n}", f"{language}{n}", 60, f"tried {language}", "5.00") for n in (1, 2)
        ]
    shop.tell(*orders)
    shop.track(*events)


def _names(language: str) -> tuple[str, str, str]:
    return f"护肤 {language}", f"Loyal {language}", f"Waiting {language}"


def _until_counted(page: Page) -> None:
    """Wait until the warehouse holds what was told and scores stand beside it."""
    goods, _loyal, _waiting = _names("zh-hans")
    rule = (
        f'all {{ value.stage is ["at_risk"]  orders count at_least 2 where category ["{goods}"] '
        f'none {{ event "{VISIT} zh-hans" did }} }}'
    )
    page.goto("/segments/new/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    for _ in range(_PATIENCE_MS // 500):
        answer = page.request.post("/segments/preview/", form={"rule": rule, "csrfmiddlewaretoken": token})
        found = answer.json()
        if found.get("count") == 1:
            return
        page.wait_for_timeout(500)
    raise AssertionError(found)


def _add(page: Page, language: str, subject: str, entry: str) -> Locator:
    """Add a clause by its name in the menu, and return it."""
    before = page.locator(".clause").count()
    adder = page.locator(".group > .group-add > .builder-menu").last
    adder.locator("summary").click()
    group = adder.locator(f".builder-menu-group[aria-label='{said(language, subject)}']")
    group.get_by_role("button", name=said(language, entry), exact=True).click()
    expect(page.locator(".clause")).to_have_count(before + 1)
    return page.locator(".clause").last


def test_an_operator_wins_back_who_is_at_risk(shop: Shop, visit: Callable[..., Page], picture) -> None:
    desks = {language: visit(language=language) for language in LANGUAGES}
    for language, page in desks.items():
        _build(page, language)
        picture(page, f"infer-operator-builder-{language}")
        page.locator("form.segment-form button[type=submit]").last.click()
        expect(page.locator(".segment-size-figure")).to_have_text("1")
        _ask_why_not(page, waiting := _names(language)[2])
        expect(page.locator(".explain-answer")).to_contain_text(waiting)
        picture(page, f"infer-operator-why-not-{language}")

    # A till tells late of their second order, and the member orders again: both move, without anybody asking.
    for language in desks:
        goods, loyal, waiting = _names(language)
        shop.tell(shop.order(f"{language}4", waiting, 18, goods), shop.order(f"{language}5", loyal, 0, goods))
    for language, page in desks.items():
        _goods, loyal, waiting = _names(language)
        members = page.locator(".column-stack table").first
        for _ in range(_PATIENCE_MS // 500):
            page.goto(page.url.partition("?")[0])
            if waiting in (words := members.inner_text()) and loyal not in words:
                break
            page.wait_for_timeout(500)
        expect(members).to_contain_text(waiting)
        expect(members).not_to_contain_text(loyal)
        page.goto(f"{page.url}history/")
        expect(page.locator("main table").first).to_contain_text(waiting)
        picture(page, f"infer-operator-history-{language}")


def _build(page: Page, language: str) -> None:
    """Build the rule by hand: bought twice in 90 days, opened nothing for 30, high value, at risk."""
    goods, loyal, _waiting = _names(language)
    page.goto("/segments/new/")
    page.fill("[name=name]", f"Win back {language}")
    bought = _add(page, language, "Orders", "number of orders")
    bought.locator("input[type=number]").first.fill("2")
    bought.locator(".builder-period select").first.select_option("last_days")
    bought.locator(".builder-period input[type=number]").fill("90")
    bought.locator(".clause-filters .builder-menu > summary").click()
    bought.get_by_role("button", name=said(language, "category"), exact=True).click()
    bought.locator(".clause-filter .tokens-input").fill(goods)
    page.keyboard.press("Enter")
    opened = _add(page, language, "Behaviour", "What happened")
    opened.locator(".tokens-input").first.fill("email.opened")
    page.keyboard.press("Enter")
    opened.locator("select").nth(1).select_option("did_not")
    opened.locator(".builder-period select").first.select_option("last_days")
    high = _add(page, language, "Value and lifecycle", "net revenue")
    high.locator("input[type=number]").first.fill("500")
    stage = _add(page, language, "Value and lifecycle", "lifecycle stage")
    stage.get_by_role("button", name=said(language, "At risk"), exact=True).click()
    expect(page.locator(".preview-count")).to_have_attribute("data-count", "1")
    expect(page.locator(".preview-sample li")).to_have_count(1)
    expect(page.locator(".preview-sample")).to_contain_text(loyal)


def _ask_why_not(page: Page, who: str) -> None:
    page.fill("#explain-q", who)
    page.locator(".explain-search button[type=submit]").click()
    page.locator(".explain-hits a").first.click()
    expect(page.locator(".explain .reason.is-false")).not_to_have_count(0)
    expect(page.locator(".explain .reason.is-true")).not_to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_analyst_saves_who_dropped_off(shop: Shop, visit: Callable[..., Page], picture, language: str) -> None:
    page = visit(language=language)
    page.goto("/reports/funnels/?period=30d")
    page.select_option("[name=step1]", f"{VISIT} {language}")
    page.select_option("[name=step2]", f"{TRIAL} {language}")
    page.select_option("[name=step3]", "order:placed")
    page.locator("main form button[type=submit]").last.click()
    rows = page.locator("main tr:has(td[data-label])")
    expect(rows).to_have_count(3)
    reached = [row.locator("td").first.inner_text() for row in rows.all()]
    assert reached == ["3", "2", "1"]
    picture(page, f"infer-analyst-funnel-{language}")

    # Who read and did not order: one click to the people, one to keep them.
    rows.nth(1).locator("td").last.locator("a").click()
    expect(page.locator(".preview-count")).to_have_attribute("data-count", "1")
    expect(page.locator(".preview-sample")).to_contain_text(f"{language}1")
    picture(page, f"infer-analyst-drop-off-{language}")
    page.locator("form.segment-form button[type=submit]").last.click()
    expect(page.locator(".segment-size-figure")).to_have_text("1")
    expect(page.locator("h1")).to_contain_text(f"{TRIAL} {language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_manager_gets_the_week_on_mondays(shop: Shop, visit: Callable[..., Page], picture, language: str) -> None:
    page = visit(language=language)
    page.goto("/reports/week/")
    page.locator("a[href*='/reports/kept/new/']").click()
    page.fill("[name=name]", f"Week {language}")
    page.locator("main form button[type=submit]").last.click()
    page.goto("/reports/boards/")
    page.locator("main tr", has_text=f"Week {language}").locator("a[href*='/boards/new/']").click()
    assert page.locator("[name=rhythm]").input_value() == "week"
    expect(page.locator("[name=mailed_to]:checked")).to_have_count(1)
    picture(page, f"infer-manager-board-form-{language}")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/boards/*-*/")

    # The letter of Monday, at once.
    page.locator("form[action$='/send/'] button").click()
    letter = page.locator("a[href*='/outbox/']", has_text=f"Week {language}").first
    for _ in range(_PATIENCE_MS // 500):
        page.goto("/outbox/")
        if letter.count():
            break
        page.wait_for_timeout(500)
    letter.click()
    expect(page.locator("main")).to_contain_text(f"Week {language}")
    expect(page.locator("main")).to_contain_text(".pdf" if not paper.what_is_missing() else ".xlsx")
    picture(page, f"infer-manager-letter-{language}")
