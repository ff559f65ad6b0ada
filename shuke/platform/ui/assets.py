"""Where the built browser assets are, read from the manifest the build leaves beside them."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.templatetags.static import static

import shuke

DIST = Path(shuke.__file__).parent / "static" / "dist"


@lru_cache(maxsize=2)
def _read(path: Path, changed_ns: int) -> dict[str, Any]:
    """Read the manifest; a rebuilt one has another time and is read again."""
    del changed_ns
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def manifest() -> dict[str, Any]:
    """Return the entries of the build; empty when nothing was built."""
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


def url(name: str) -> str:
    """Return the address of a built file by the name of its source (``src/main.ts``, ``icons.svg``)."""
    entry = manifest().get(name)
    return static(f"dist/{entry['file'] if entry else name}")


def stylesheets(name: str) -> list[str]:
    """Return the addresses of the style sheets an entry needs, in order."""
    entry = manifest().get(name, {})
    return [static(f"dist/{sheet}") for sheet in entry.get("css", [])]
