"""Starts the cluster from the pyspark package, once for all tests that need it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shuke.cdp.warehouse.engine.spark import SparkStore

WORKERS = 2
# These machines live for a minute: compiling hot code a second time, and collecting rubbish in parallel, never pays.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(log: Path, text: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if log.exists() and text in log.read_text(errors="replace"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    pytest.fail(f"the cluster did not come up: waited for {text!r} and read\n{said}")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield ``spark://HOST:PORT`` of a master with two registered workers."""
    if find_spec("pyspark") is None:
        pytest.skip("NOT RUN: the Spark suite needs requirements/cluster.txt")
    if shutil.which("java") is None:
        pytest.skip("NOT RUN: the Spark suite needs Java 17 (openjdk-17-jre-headless)")
    home = Path(find_spec("pyspark").submodule_search_locations[0])
    folder, port = tmp_path_factory.mktemp("spark"), _free_port()
    os.environ["SPARK_HOME"] = str(home)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["SPARK_LOCAL_DIRS"] = str(folder / "local")
    os.environ["JAVA_TOOL_OPTIONS"] = JAVA_OPTIONS
    # Who ends us politely must not leave the machines behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = folder / f"{name}.log"
        command = [str(home / "bin" / "spark-class"), *arguments]
        settings = {"SPARK_WORKER_DIR": str(folder / name), "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOG_DIR": str(folder)}
        process = subprocess.Popen(
            command, stdout=log.open("wb"), stderr=subprocess.STDOUT, env=os.environ | settings, start_new_session=True
        )
        started.append(process)
        return process, log

    try:
        master, log = start(
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--webui-port",
            "0",
        )
        _wait_for(log, "I have been elected leader", master)
        url = f"spark://127.0.0.1:{port}"
        workers = [
            start(
                f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                "--memory", "1g", "--webui-port", "0", url,
            )
            for number in range(WORKERS)
        ]  # fmt: skip
        for worker, worker_log in workers:
            _wait_for(worker_log, "Successfully registered with master", worker)
        yield url
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def open_lake(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], "SparkStore"]]:
    """Open a lake on the cluster. All share one application and its executors, so ask only the one opened last."""
    from shuke.cdp.warehouse.engine.spark import SparkStore

    options = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "512m",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark-warehouse")),
        # Compiling Java for every query costs more here than running it.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.ui.showConsoleProgress": "false",
    }
    opened: list[SparkStore] = []

    def open_in(folder: Path) -> SparkStore:
        opened.append(SparkStore(cluster, folder, options=options))
        return opened[-1]

    yield open_in
    for store in opened[:1]:
        store.close()
