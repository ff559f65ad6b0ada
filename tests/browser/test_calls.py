"""Somebody calls the customers of the day and notes what came of it, on a desk in English and on a phone in Chinese."""

import re
from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE

_PATIENCE_MS = 60_000
_NUMBERS = ("+447700900061", "+447700900062")


def _key(page: Page) -> str:
    page.goto("/keys/new/")
    page.fill("[name=name]", "calls")
    for scope in ("orders:write", "customers:write", "consents:write"):
        page.check(f"[name=scopes][value='{scope}']")
    page.click("main button[type=submit]")
    return page.locator(".copy code").first.inner_text()


def _gather(server, key: str) -> None:
    """Two customers who ordered every twenty days, are ten days late, and may be called."""
    now = datetime.now(UTC)
    with httpx.Client(
        base_url=f"{server.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30
    ) as program:
        people = [
            {"external_id": f"late{n}", "name": name, "phone": number, "language": language}
            for n, (name, number, language) in enumerate(
                (("Ada Late", _NUMBERS[0], "en"), ("迟小柳", _NUMBERS[1], "zh")), 1
            )
        ]
        orders = [
            {
                "number": f"late{n}-{k}", "placed_at": (now - timedelta(days=30 + 20 * k)).isoformat(), "currency": "GBP",
                "customer": {"external_id": f"late{n}"}, "lines": [{"product": "tea", "title": "Tea", "unit_price": "50.00"}],
            }
            for n in (1, 2) for k in range(4)
        ]  # fmt: skip
        # Somebody orders today: days are counted until where the data ends.
        orders.append(
            orders[0] | {"number": "fresh", "placed_at": now.isoformat(), "customer": {"external_id": "fresh"}}
        )
        agreed = [
            {
                "channel": "call", "address": number, "purpose": "service", "action": "granted", "method": "checkout",
                "occurred_at": (now - timedelta(days=90)).isoformat(), "evidence": {"form": "checkout"},
            }
            for number in _NUMBERS
        ]  # fmt: skip
        for path, said in (
            ("/customers/batch", {"shop": "Calls", "items": people}),
            ("/orders/batch", {"shop": "Calls", "items": orders}),
            ("/consents/batch", {"items": agreed}),
        ):
            answer = program.post(path, json=said)
            assert answer.status_code == 200, answer.text
            assert answer.json()["refused"] == 0, answer.text


def _have_a_list_made(page: Page) -> None:
    """Everybody who is late is to be called by whoever looks: nobody is held out, there is room for all."""
    page.goto("/care/settings/")
    page.fill("[name=holdout]", "0")
    for room in page.locator("input[name^=calls-]").all():
        room.fill("0")
    page.locator("input[name^=calls-]").nth(_own_place(page)).fill("20")
    page.click("main form button[type=submit]")
    card = page.locator(".call").first
    for _ in range(_PATIENCE_MS // 2_000):
        page.goto("/care/")
        if card.count():
            return
        if (button := page.locator("form[action='/care/make/'] button")).count():
            button.click()
        page.wait_for_timeout(2_000)
    raise AssertionError(page.locator("main").inner_text())


def _own_place(page: Page) -> int:
    labels = page.locator("label[for^=calls-]").all_inner_texts()
    return next(place for place, text in enumerate(labels) if text.startswith("Mei"))


def test_the_customers_of_the_day_are_called_and_what_came_of_it_is_noted(server, visit, picture) -> None:
    desk: Page = visit(language="en", viewport=DESKTOP)
    _gather(server, _key(desk))
    _have_a_list_made(desk)
    picture(desk, "calls-desk-en")

    card = desk.locator(".call", has_text="Ada Late")
    expect(card).to_contain_text("4 orders so far, one every 20 days; the last was 30 days ago")
    expect(card).not_to_contain_text(_NUMBERS[0])
    card.locator(".reveal summary").click()
    card.locator(".reveal button").click()
    expect(card.locator(".call-phones")).to_contain_text(_NUMBERS[0])
    card.locator(".call-script summary").click()
    expect(card.locator(".call-script")).to_contain_text("Hello Ada Late, this is Mei of Willow.")
    _note(card, "promised", "Wants green tea")
    expect(desk.locator(".call.is-done", has_text="Ada Late")).to_contain_text("Promised to order")

    phone: Page = visit(language="zh-hans", viewport=PHONE)
    phone.goto("/care/")
    picture(phone, "calls-phone-zh")
    late = phone.locator(".call", has_text="迟小柳")
    expect(late).to_contain_text("复购逾期")
    late.locator(".call-script summary").click()
    expect(late.locator(".call-script")).to_contain_text("迟小柳您好")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    _note(late, "no_answer", "")
    expect(phone.locator(".call.is-done", has_text="迟小柳")).to_contain_text("无人接听")
    phone.locator(".call.is-done", has_text="迟小柳").locator(".call-name a").click()
    expect(phone.locator("main")).to_contain_text(re.compile("致电：复购逾期"))


def _note(card, outcome: str, words: str) -> None:
    if not card.locator(".call-note").get_attribute("open"):
        card.locator(".call-note").evaluate("one => { one.open = true }")
    card.locator(f".call-outcome:has(input[value={outcome}])").click()
    card.locator("textarea").fill(words)
    card.locator(".call-note button[type=submit]").click()
