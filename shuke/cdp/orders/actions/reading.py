"""Having files read by a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol

import shuke
from shuke.cdp.orders.actions import files
from shuke.cdp.orders.errors import UnreadableFile
from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.models import OrderImport
from shuke.cdp.orders.rules.mapping import Mapping


class Progress(Protocol):
    """What long work reports to: a job's context, or the command line's."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Say how far we are; ``total`` 0 means unknown."""

    def is_cancelled(self) -> bool:
        """Whether somebody asked us to stop."""
        ...


class Cancelled(Exception):
    """Somebody asked us to stop while the file was read."""


class Silent:
    """Progress nobody watches."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Do nothing."""

    def is_cancelled(self) -> bool:
        """Return False."""
        return False


def look(order_import: OrderImport, *, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Return how the file is written, its headers and its first rows; ``form`` overrides what was recognised.

    Raises ``UnreadableFile``. The answer is kept beside the file, so only a new ``form`` reads it again.
    """
    kept = files.sample(order_import.uuid)
    if form is None and kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text())
        return found
    command = _command("look", order_import) | {"form": form}
    found = _run(command, Silent(), "")
    kept.write_text(json.dumps(found))
    kept.chmod(0o600)
    return found


def stage(order_import: OrderImport, mapping: Mapping, progress: Progress, *, note: str) -> dict[str, Any]:
    """Stage the file as ``mapping`` reads it and return the report; raise ``UnreadableFile`` or ``Cancelled``."""
    target = str(files.stage(order_import.uuid))
    return _run(_command("stage", order_import) | {"mapping": mapping.as_json(), "target": target}, progress, note)


def _command(do: str, order_import: OrderImport) -> dict[str, Any]:
    return {"do": do, "path": str(files.source(order_import.uuid)), "limit": files.limit_bytes()}


def _run(command: dict[str, Any], progress: Progress, note: str) -> dict[str, Any]:
    """Start the reader, follow it, and return its answer. It ends with us, since it holds our end of a pipe."""
    root = str(Path(shuke.__file__).resolve().parents[1])
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-m", "shuke.cdp.orders.engine.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=complaints, cwd=root, text=True,
        )  # fmt: skip
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(json.dumps(command) + "\n")
            child.stdin.flush()
            for line in child.stdout:
                said = json.loads(line)
                if "done" in said:
                    return said["done"]  # type: ignore[no-any-return]
                if refused := said.get("refused"):
                    code, facts = refused["code"], refused["facts"]
                    raise UnreadableFile(sentence(code, facts), **(facts | {"code": code}))
                if progress.is_cancelled():
                    raise Cancelled
                done, total, _rows = said["progress"]
                progress.progress(done, total, note)
        finally:
            child.kill()
            child.stdin.close()
            child.stdout.close()
            child.wait()
        complaints.seek(0)
        last_words = complaints.read()[-2000:].decode(errors="replace")
    raise UnreadableFile(sentence("reader_died", {}), code="reader_died", last_words=last_words)
