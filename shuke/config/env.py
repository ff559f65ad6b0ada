"""Reading the environment loudly: a wrong value stops the start with a sentence that says what to write."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def flag(name: str, default: bool) -> bool:
    """Read a yes/no variable."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: write 1 or 0")


def home() -> Path:
    """Return ``SHUKE_HOME``; without it ``.shuke/`` beside the package in a checkout, else ``~/.shuke``."""
    if raw := os.environ.get("SHUKE_HOME"):
        return Path(raw).expanduser().resolve()
    root = Path(__file__).resolve().parents[2]
    return root / ".shuke" if (root / "pyproject.toml").exists() else Path.home() / ".shuke"


def database(url: str, folder: Path) -> dict[str, Any]:
    """Turn ``SHUKE_DATABASE_URL`` into Django's form; empty means the SQLite file in ``folder``."""
    if not url:
        return _sqlite(folder / "shuke.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)) if parts.path.strip("/") else folder / "shuke.sqlite3")
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"SHUKE_DATABASE_URL starts with {parts.scheme!r}: write postgresql://USER:PASSWORD@HOST:5432/NAME "
            "or sqlite:///PATH, or leave it out for SQLite in SHUKE_HOME"
        )
    query = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured(
            "SHUKE_DATABASE_URL names no database: write postgresql://USER:PASSWORD@HOST:5432/NAME"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A socket directory travels as ?host=/path, since it cannot stand in the host's place.
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 0, "max_size": 20, "timeout": 30}},
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "shuke.platform.db.sqlite3",
        "NAME": str(path),
        # Async servers leak SQLite handles that outlive a request.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; "
                # Index pages that many transactions touch are written back once; see ``bulk.write_back``.
                "PRAGMA wal_autocheckpoint=20000"
            ),
        },
    }


@dataclass(frozen=True, slots=True)
class WarehouseUrl:
    """Which engine holds the warehouse, and where: a file for DuckDB, a master and a folder for Spark."""

    engine: str
    location: str
    path: Path


def warehouse(url: str, folder: Path) -> WarehouseUrl:
    """Read ``SHUKE_WAREHOUSE_URL``; empty means the DuckDB file in ``folder``."""
    if not url:
        return WarehouseUrl("duckdb", "", folder / "warehouse" / "shuke.duckdb")
    parts = urlsplit(url)
    if parts.scheme == "duckdb" and parts.path.strip("/"):
        return WarehouseUrl("duckdb", "", Path(unquote(parts.path)))
    if parts.scheme == "spark" and parts.hostname and parts.port:
        lake = dict(parse_qsl(parts.query)).get("lake")
        return WarehouseUrl(
            "spark", f"spark://{parts.hostname}:{parts.port}", Path(lake) if lake else folder / "warehouse" / "lake"
        )
    raise ImproperlyConfigured(
        f"SHUKE_WAREHOUSE_URL={url!r}: write duckdb:///PATH/FILE.duckdb or spark://HOST:7077?lake=/SHARED/FOLDER, "
        "or leave it out for DuckDB in SHUKE_HOME"
    )


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """The address people type, which decides cookies and headers."""

    url: str
    host: str
    is_https: bool


def public_url(raw: str) -> PublicUrl:
    """Read ``SHUKE_URL``, by default the loopback address."""
    found = re.fullmatch(r"(https?)://([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\])(:\d+)?/?", raw)
    if not found:
        raise ImproperlyConfigured(
            f"SHUKE_URL={raw!r}: write https://crm.example.com or http://HOST:PORT, without a path"
        )
    return PublicUrl(raw.rstrip("/"), found[2], found[1] == "https")
