"""Django's own management commands, for developers: ``python -m shuke.cli.manage makemigrations``."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a Django management command with Shuke's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
