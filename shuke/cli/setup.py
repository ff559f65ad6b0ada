"""Making Django ready for a command."""

import os


def django() -> None:
    """Load settings and applications; a wrong environment variable ends the command with its sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
    import django

    django.setup()
