"""The SDKs that shops' pages load, unmodified, in a real browser and from another origin: all arrives once, also after failures."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from typing_extensions import override

from tests.browser.conftest import CHROMIUM, launched
from tests.engine.homes import Home, Server, wait_until
from tests.sdks import clients, installed
from tests.sdks.conftest import a_source, logged
from tests.sdks.flaky import SWALLOWED, flaky

pytestmark = [
    pytest.mark.xdist_group("sdks"),
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium"),
]
EXPECTED = Counter({"Product Viewed": 5, "User Identified": 1, "Page Viewed": 1})
# Ordinary people's browsers do not call themselves headless, and the collector keeps programs out.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


class Page(ThreadingHTTPServer):
    """A shop of one page, and the files of the SDK it loads."""

    html = ""
    files = Path()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}/"


class _Files(SimpleHTTPRequestHandler):
    server: Page

    @override
    def do_GET(self) -> None:
        name = Path(urlsplit(self.path).path).name
        is_script = name.endswith(".js")
        said = (self.server.files / name).read_bytes() if is_script else self.server.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    @override
    def log_message(self, *said: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def page() -> Iterator[Page]:
    found = Page(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.mark.parametrize("program", ["SEGMENT_BROWSER", "RUDDER_BROWSER"])
@pytest.mark.parametrize("failures", [[], [429, 500, SWALLOWED]], ids=["quiet", "failing"])
def test_a_page(program: str, failures: list[int], running: tuple[Home, Server], page: Page, browser: Browser) -> None:
    home, server = running
    code, key = a_source(home, f"{program}-{len(failures)}".lower().replace("_", "-"))
    page.files = installed.node_folder() / "node_modules" / clients.BUNDLES[program]

    with flaky(server.url, failures) as network:
        said = getattr(clients, program).replace("SDK", "/index.js").replace("KEY", key).replace("HOST", network.url)
        page.html = f"<!doctype html><title>Docs</title>{said}"
        tab = browser.new_context(user_agent=AGENT).new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(page.url)

        wait_until(lambda: _waited(tab) and logged(home, code) == EXPECTED, seconds=120)
        # Nothing is on its way any more that would count twice.
        tab.wait_for_timeout(3_000)
        tab.context.close()

    assert network.failures == []
    assert wrong == []
    assert logged(home, code) == EXPECTED


def _waited(tab: Any) -> bool:
    """Let the browser work: Playwright hands on what happens in a page only while it waits."""
    tab.wait_for_timeout(100)
    return True
