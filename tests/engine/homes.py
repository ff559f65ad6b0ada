"""Homes for tests that run the real command line and the real server."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

# A server that dies is noticed at once; one that is only slow, on a machine that runs the whole suite, is waited for.
PATIENCE_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Home:
    """A ``SHUKE_HOME`` of its own, and the command line in it."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHUKE_", "DJANGO_", "PYTEST_"))}
        return {**kept, "SHUKE_HOME": str(self.path), "LANG": "C.UTF-8"}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command(*arguments), env=self.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS * 4,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def ask(self, *arguments: str) -> Any:
        """Run a command that must succeed and print JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "shuke.cli.main", *arguments]


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    setup_url: str
    process: "subprocess.Popen[bytes]"
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(home: Home) -> Iterator[Server]:
    """Run ``shuke up`` in ``home`` and wait until it answers; stop it afterwards if it still runs."""
    server = start(home)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.wait(60)


def start(home: Home, *, module: list[str] | None = None, environment: dict[str, str] | None = None) -> Server:
    """Run ``shuke up`` and wait until it answers; ``module`` runs in place of the command line."""
    port = free_port()
    home.path.mkdir(parents=True, exist_ok=True)
    log = home.path.with_name(f"{home.path.name}-{port}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(module or ["-m", "shuke.cli.main"]), "up", "--port", str(port)],
            env={**home.environment, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"{url}/accounts/login/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        said = log.read_text()
        if url in said:
            found = re.search(r"http\S+/setup/\S+", said)
            return Server(url, found[0] if found else "", process, log)
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def wait_until(is_so: Any, seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
