from typing import Any

from django.conf import settings
from django.utils.safestring import mark_safe


def snippet(_request: Any) -> dict[str, str]:
    """The snippet for every page, and who is signed in, which the page tells it."""
    return {"shuke_snippet": mark_safe(settings.SHUKE_SNIPPET)}
