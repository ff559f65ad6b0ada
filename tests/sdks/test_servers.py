"""The SDKs that shops' servers use, unmodified, against a running Shuke: all that they send arrives once, also after failures."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.engine.homes import Home, Server, wait_until
from tests.sdks import clients, installed
from tests.sdks.conftest import a_source, logged
from tests.sdks.flaky import CUT_OFF, flaky

# One server for all of them.
pytestmark = [pytest.mark.xdist_group("sdks"), pytest.mark.slow]
EXPECTED = Counter({"Product Viewed": 25, "User Identified": 1, "Page Viewed": 1})


def run_python(program: str, url: str, key: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed.python_folder())}
    subprocess.run([sys.executable, "-c", program, url, key], env=environment, check=True, timeout=120)


def run_node(program: str, url: str, key: str) -> None:
    folder: Path = installed.node_folder()
    subprocess.run(
        [installed.node_and_npm()[0], "--input-type=module", "-e", program, url, key],
        cwd=folder,
        check=True,
        timeout=120,
    )


@pytest.mark.parametrize("program", ["SEGMENT_PYTHON", "RUDDER_PYTHON"])
@pytest.mark.parametrize("failures", [[], [503, CUT_OFF, 429]], ids=["quiet", "failing"])
def test_python(program: str, failures: list[int], running: tuple[Home, Server]) -> None:
    home, server = running
    code, key = a_source(home, f"{program}-{len(failures)}".lower().replace("_", "-"))

    with flaky(server.url, failures) as network:
        run_python(getattr(clients, program), network.url, key)

    assert network.failures == []
    wait_until(lambda: logged(home, code) == EXPECTED)


@pytest.mark.parametrize("program", ["SEGMENT_NODE", "RUDDER_NODE"])
@pytest.mark.parametrize("failures", [[], [503, CUT_OFF, 429]], ids=["quiet", "failing"])
def test_node(program: str, failures: list[int], running: tuple[Home, Server]) -> None:
    home, server = running
    code, key = a_source(home, f"{program}-{len(failures)}".lower().replace("_", "-"))

    with flaky(server.url, failures) as network:
        run_node(getattr(clients, program), network.url, key)

    assert network.failures == []
    wait_until(lambda: logged(home, code) == EXPECTED)
