from typing import Any


class AsTheyAre:
    """Pictures of products in the size they have."""

    def generate_thumbnail(self, source: Any, **_options: Any) -> Any:
        return source

    def delete_thumbnails(self, source: Any) -> None:
        """Nothing was made."""
