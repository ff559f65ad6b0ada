"""Making Django ready for a command."""

import os
from contextlib import ExitStack
from pathlib import Path


def django() -> None:
    """Load settings and applications; a wrong environment variable ends the command with its sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
    import django

    django.setup()


def home() -> Path:
    """Return ``SHUKE_HOME`` without loading anything else."""
    from shuke.config import env

    return env.home()


def own_home(*, with_runtime: bool) -> ExitStack:
    """Make this process the owner of ``SHUKE_HOME``, with an up-to-date database, until the stack is closed."""
    django()
    from django.conf import settings

    from shuke.config import server
    from shuke.config.lock import HomeLock
    from shuke.config.runtime import Runtime

    with ExitStack() as stack:
        stack.enter_context(HomeLock(settings.SHUKE_HOME))
        server.migrate()
        if with_runtime:
            stack.enter_context(Runtime(settings.SHUKE_HOME))
        return stack.pop_all()
