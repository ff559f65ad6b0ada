"""A real server in a home of its own, and a real Chromium in front of it.

Both are gone after the last test of this package: while Playwright runs, Django refuses to touch the database.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = os.environ.get("SHUKE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OWNER, PASSWORD = "mei@willow.example", "correct horse battery staple"
_START_SECONDS = 90
# Machines that run the whole suite at once are slow; what is wrong stays wrong for this long.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Browser tests share one server and must not be spread over workers.
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="NOT RUN: no Chromium"))


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    home: Path
    setup_url: str


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SHUKE_", "DJANGO_"))}
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "shuke.cli.main", "up", "--port", str(port)],
            env={**environment, "SHUKE_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(f"http://127.0.0.1:{port}", home, _setup_link(log, process))
    finally:
        process.terminate()
        process.wait(30)


def _setup_link(log: Path, process: "subprocess.Popen[bytes]") -> str:
    for _ in range(_START_SECONDS * 10):
        if found := re.search(r"http://\S+/setup/\S+", log.read_text()):
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@contextmanager
def launched() -> Iterator[Browser]:
    """Run a Chromium without a window."""
    with sync_playwright() as playwright:
        arguments = [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ]  # fmt: skip
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def company_set_up(server: Server, chromium: Browser) -> None:
    """The company exists; its owner is OWNER with PASSWORD."""
    context = chromium.new_context(locale="en-GB", viewport=DESKTOP)
    page = context.new_page()
    page.goto(server.setup_url)
    page.fill("[name=company_name]", "Willow")
    page.select_option("[name=time_zone]", "Europe/London")
    page.fill("[name=name]", "Mei")
    page.fill("[name=email]", OWNER)
    page.fill("[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url("**/welcome/")
    context.close()


class Problems(list[str]):
    """What the browser complained about: script errors, refused content, failed requests of ours."""


@pytest.fixture
def visit(server: Server, chromium: Browser, company_set_up: None) -> Iterator[Callable[..., Page]]:
    """Open a logged-in page in a language and at a width; at the end the browser must have nothing to complain about."""
    contexts: list[BrowserContext] = []
    problems = Problems()

    def open_page(*, language: str = "en", viewport: dict[str, int] = DESKTOP) -> Page:
        context = chromium.new_context(
            base_url=server.url, locale={"en": "en-GB", "zh-hans": "zh-CN"}[language], viewport=viewport,  # type: ignore[arg-type]
            accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on(
            "response",
            lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
        )
        page.goto("/accounts/login/")
        page.fill("[name=login]", OWNER)
        page.fill("[name=password]", PASSWORD)
        page.click("form button[type=submit]")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def picture(request: Any) -> Callable[[Page, str], None]:
    """Save a screenshot under the name given, when ``SHUKE_PICTURES`` names a folder."""
    folder = os.environ.get("SHUKE_PICTURES")

    def save(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return save
