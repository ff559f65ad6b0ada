"""Having files read by a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import shuke
from shuke.platform.imports.actions import files
from shuke.platform.imports.errors import UnreadableFile
from shuke.platform.imports.errors.wording import sentence
from shuke.platform.imports.models import Import
from shuke.platform.imports.progress import Cancelled, Progress, Silent


def look(made: Import, *, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Return how the file is written, its headers and its first rows; ``form`` overrides what was recognised.

    Raises ``UnreadableFile``. The answer is kept beside the file, so only a new ``form`` reads it again.
    """
    kept = files.sample(made.uuid)
    if form is None and kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text())
        return found
    command = _command("look", made) | {"form": form}
    found = _run(command, Silent(), "")
    kept.write_text(json.dumps(found))
    kept.chmod(0o600)
    return found


def stage(
    made: Import, mapping: dict[str, Any], progress: Progress, *, stager: str, about: dict[str, Any], note: str
) -> dict[str, Any]:
    """Stage the file as ``mapping`` reads it and return the report; raise ``UnreadableFile`` or ``Cancelled``.

    ``stager`` is the module that knows what its rows mean, ``about`` what it has to know of the company.
    """
    more = {"mapping": mapping, "target": str(files.stage(made.uuid)), "stager": stager, "about": about}
    return _run(_command("stage", made) | more, progress, note)


def _command(do: str, made: Import) -> dict[str, Any]:
    return {"do": do, "path": str(files.source(made.uuid)), "limit": files.limit_bytes()}


def _run(command: dict[str, Any], progress: Progress, note: str) -> dict[str, Any]:
    """Start the reader, follow it, and return its answer. It ends with us, since it holds our end of a pipe."""
    root = str(Path(shuke.__file__).resolve().parents[1])
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-m", "shuke.platform.imports.engine.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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
