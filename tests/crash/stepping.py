"""Programs that work in a home and die where they are told to."""

import subprocess
import sys
from pathlib import Path

from tests.engine.homes import Home

# What every program begins with: Django, and one moment at which everything happens.
PREPARED = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "shuke.config.settings"
import django
django.setup()
from datetime import UTC, datetime, timedelta
from django.core.management import call_command
from django.db import transaction
now = datetime(2024, 6, 15, tzinfo=UTC)
"""


def step(home: Home, program: str, *arguments: str, crash_at: str = "") -> tuple[bool, str]:
    """Run a program in a process of its own; return whether it lived, and what it printed."""
    home.path.mkdir(parents=True, exist_ok=True)
    environment = home.environment | ({"CRASH_AT": crash_at} if crash_at else {})
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + program, *arguments], env=environment, capture_output=True, text=True, timeout=240,
        check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0, done.stdout
