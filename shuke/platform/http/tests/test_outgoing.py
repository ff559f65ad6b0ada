"""Calls to other people's servers never lead into our own network, however the address is written."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from shuke.platform.http import outgoing

INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fc00::1", "fe80::1%eth0", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1",
    "2002:7f00:1::", "ff02::1", "198.18.0.1", "100.100.100.200", "168.63.129.16",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.63.255.255"]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not outgoing.is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_outside_are(address: str) -> None:
    assert outgoing.is_public(address)


@pytest.fixture
def server() -> "tuple[int, list[str]]":
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            pass

    inside = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=inside.serve_forever, daemon=True).start()
    yield inside.server_port, seen
    inside.shutdown()
    inside.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_a_server_inside_is_not_reached_however_it_is_written(host: str, server: "tuple[int, list[str]]") -> None:
    port, seen = server

    with outgoing.client() as client, pytest.raises((outgoing.ForbiddenAddress, httpx.HTTPError)):
        client.get(f"http://{host}:{port}/")

    assert seen == []


def test_a_name_that_leads_inside_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, server: "tuple[int, list[str]]"
) -> None:
    port, seen = server
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_args, **_more: answers)

    with outgoing.client() as client, pytest.raises(outgoing.ForbiddenAddress):
        client.get(f"http://shop.example:{port}/")

    assert seen == []


def test_a_host_that_the_company_allows_is_reached_and_its_redirects_are_not(settings, server) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)
    port, seen = server

    with outgoing.client() as client:
        answer = client.get(f"http://127.0.0.1:{port}/away")

    assert (answer.status_code, seen) == (302, ["/away"])
