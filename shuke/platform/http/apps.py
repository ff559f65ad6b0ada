"""Django application."""

from django.apps import AppConfig
from typing_extensions import override


class HttpConfig(AppConfig):
    """Declares permissions once all domains are loaded."""

    name = "shuke.platform.http"
    label = "http"

    @override
    def ready(self) -> None:
        """Fill the permission table from the manifests."""
        from shuke.platform import manifest
        from shuke.platform.staff.permissions import TABLE

        for found in manifest.installed():
            TABLE.declare(found.permissions)
