"""Filling the named slots of a page with what other domains have to say."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from shuke.platform import manifest
from shuke.platform.http.pages import STAFF, may
from shuke.platform.http.request import Request


def drawn(slot: str, subject: int, request: Request) -> list[SafeString]:
    """Return the panels of a slot that the person may see, rendered, in their order."""
    panels = [panel for found in manifest.installed() for panel in found.panels if panel.slot == slot]
    shown = []
    for panel in sorted(panels, key=lambda panel: panel.order):
        if panel.permission != STAFF and not may(request, panel.permission):
            continue
        context = panel.context(subject, request.user, request.now)
        if context is not None:
            # The template escapes what it shows; what it returns is HTML.
            shown.append(mark_safe(render_to_string(panel.template, context, request)))  # noqa: S308
    return shown
