"""Django application."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from typing_extensions import override

from shuke.platform.ui import assets


class UiConfig(AppConfig):
    """Registers templates, components and template tags."""

    name = "shuke.platform.ui"
    label = "ui"

    @override
    def ready(self) -> None:
        """Let start-up say when there is no built interface."""
        checks.register(assets_are_built)


def assets_are_built(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn when pages would come without style and program."""
    del app_configs, kwargs
    if assets.manifest():
        return []
    return [checks.Warning("The interface is not built.", hint="Run: python hatch_build.py", id="ui.W001")]
