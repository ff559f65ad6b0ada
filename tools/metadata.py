"""Hatch metadata hook: the package depends on exactly what ``requirements/base.in`` names."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DirectRequirements(MetadataHookInterface):
    """Read the direct requirements from the file that the lock is compiled from."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``project.dependencies``."""
        lines = (Path(self.root) / "requirements" / "base.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith(("#", "-"))]
