"""What this installation is made of and how it is doing."""

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries as warehouse
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.jobs.models import Job, JobState

_LIBRARIES = ("shuke", "django", "django-ninja", "duckdb", "ibis-framework", "pyarrow", "granian")
_LOW_DISK_BYTES = 2 * 1024**3


@page("system.view")
def system(request: Request) -> HttpResponse:
    """Show versions, stores, disk and lag."""
    disk = shutil.disk_usage(settings.SHUKE_HOME)
    context = {
        "versions": [("Python", platform.python_version()), *((name, _version(name)) for name in _LIBRARIES)],
        "database": f"{connection.vendor} {_database_version()}",
        "warehouse": settings.SHUKE_WAREHOUSE.engine,
        "home": str(settings.SHUKE_HOME),
        "address": settings.SHUKE_PUBLIC.url,
        "events": events.last_position(),
        "lag": warehouse.lag(),
        "data_until": warehouse.data_until(),
        "waiting": Job.objects.filter(state=JobState.QUEUED).count(),
        "running": Job.objects.filter(state=JobState.RUNNING).count(),
        "failed": Job.objects.filter(state=JobState.FAILED).count(),
        "disk_free": disk.free / 1024**3,
        "database_size": _size(Path(str(connection.settings_dict["NAME"]))) / 1024**2,
        "warehouse_size": _size(settings.SHUKE_WAREHOUSE.path) / 1024**2,
        "is_disk_low": disk.free < _LOW_DISK_BYTES,
        "is_encrypted": settings.SHUKE_PUBLIC.is_https,
    }
    return render(request, "web/system.html", context)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"


def _database_version() -> str:
    numbers = connection.get_database_version()
    return ".".join(str(part) for part in numbers)


def _size(path: Path) -> int:
    """Return the bytes of a database with what it keeps beside itself: much of it may still stand in the journal."""
    return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*") if one.is_file())
