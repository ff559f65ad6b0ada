"""What every page of the voice of the customer has round its figures, and who may read what."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shuke.insight.voice import queries
from shuke.insight.voice.actions.people import TRAIN
from shuke.insight.voice.models import Text
from shuke.insight.voice.queries import outside
from shuke.insight.voice.queries.words import body_of, masked
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.jobs.queries import find_unfinished

_TABS = (
    ("overview", _("Overview"), "layout-dashboard", "voice.view"),
    ("texts", _("Texts"), "message", "voice.view"),
    ("topics", _("Topics"), "category", "voice.view"),
    ("label", _("Label"), "checkbox", "voice.label"),
    ("training", _("How right it is"), "scale", "voice.view"),
)


def frame(request: Request, page: str) -> dict[str, Any]:
    """Return what the templates need round a page."""
    return {
        "tabs": [
            {"label": label, "icon": icon, "url": reverse(f"voice:{name}"), "active": name == page}
            for name, label, icon, permission in _TABS
            if may(request, permission)
        ],
        "run": queries.last_run(), "job": find_unfinished(TRAIN), "may_train": may(request, "voice.train"),
        "may_label": may(request, "voice.label"), "may_manage": may(request, "voice.manage"),
        "may_configure": may(request, "voice.configure"), "has_summaries": outside.is_on(),
    }  # fmt: skip


def readable(request: Request, text: Text) -> str:
    """Return what a text says, for this person: without permission to see contacts, contacts and names are masked."""
    return body_of(text) if may(request, "customers.view_contacts") else masked(text)


def lines(request: Request, found: Sequence[Text]) -> list[dict[str, Any]]:
    """Return texts with their words and writers as this person may see them."""
    sees = may(request, "customers.view_contacts")
    return [
        {
            "text": one, "body": readable(request, one), "tone": queries.TONES[one.sentiment],
            "writer": (one.customer.name if sees else mask.name(one.customer.name)) if one.customer else "",
        }
        for one in found
    ]  # fmt: skip
