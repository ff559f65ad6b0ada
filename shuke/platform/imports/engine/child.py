"""The process that reads files: ``python -m shuke.platform.imports.engine.child``.

Takes one JSON command on standard input and answers with JSON lines on standard output. It ends when its standard
input closes, so it never outlives the server that started it.
"""

import gc
import json
import os
import resource
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

from shuke.platform.imports.engine.source import Form, open_table, recognise
from shuke.platform.imports.rules.refusals import Refused

_MOST_MEMORY_BYTES = 6 * 1024**3
_SAMPLE_ROWS = 500


def main() -> int:
    """Do what the command says; return 0 even for a refusal, which is an answer."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # Rows die young and hold no cycles: looking for some at every 700th list would cost a fifth of the time.
    gc.set_threshold(200_000)
    command = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _answer(done=_look(command) if command["do"] == "look" else _stage(command))
    except Refused as refusal:
        _answer(refused={"code": refusal.code, "facts": refusal.facts})
    except MemoryError:
        _answer(refused={"code": "too_large_workbook", "facts": {}})
    except OSError as failure:
        _answer(refused={"code": "disk", "facts": {"reason": failure.strerror or str(failure)}})
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


def _answer(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _form(command: dict[str, Any]) -> Form:
    path, limit = Path(command["path"]), command["limit"]
    asked = command.get("form") or {}
    found = recognise(path, limit=limit)
    if found.is_workbook:
        return Form(sheet=asked.get("sheet") or found.sheet, sheets=found.sheets, is_workbook=True)
    return Form(asked.get("encoding") or found.encoding, asked.get("delimiter") or found.delimiter)


def _look(command: dict[str, Any]) -> dict[str, Any]:
    """Return how a file is written, its headers and its first rows."""
    form = _form(command)
    table = open_table(Path(command["path"]), form, limit=command["limit"])
    rows = [row for row, _n in zip(table.rows, range(_SAMPLE_ROWS), strict=False)]
    table.close()
    if not rows:
        raise Refused("header_only")
    return {
        "encoding": form.encoding, "delimiter": form.delimiter, "sheet": form.sheet, "sheets": form.sheets,
        "is_workbook": form.is_workbook, "headers": table.headers, "rows": rows,
    }  # fmt: skip


def _stage(command: dict[str, Any]) -> dict[str, Any]:
    """Have the file staged by the domain that knows what its rows mean."""
    stager = import_module(command["stager"])
    report: dict[str, Any] = stager.stage(
        Path(command["path"]), command["mapping"], Path(command["target"]), lambda *told: _answer(progress=told),
        limit=command["limit"], about=command["about"],
    )  # fmt: skip
    return report


if __name__ == "__main__":
    sys.exit(main())
