"""What every page of recommendations has round its figures."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import queries as customers
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.actions.learning import TRAIN
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find_unfinished

_TABS = (
    ("overview", "layout-dashboard", _("Overview"), "recommendations.view"),
    ("quality", "scale", _("Back-test"), "recommendations.view"),
    ("trial", "eye", _("Try out"), "recommendations.view"),
    ("together", "basket", _("Bought together"), "recommendations.view"),
    ("rules", "adjustments-horizontal", _("Rules"), "recommendations.configure"),
)


def frame(request: Request, page: str) -> dict[str, Any]:
    """Return tabs, the last run and the job that is at work."""
    return {
        "tabs": [
            {"label": label, "icon": icon, "url": reverse(f"recommendations:{name}"), "active": name == page}
            for name, icon, label, permission in _TABS
            if may(request, permission)
        ],
        "run": queries.last_run(),
        "job": _job(),
        "may_train": may(request, "recommendations.train"),
        "may_configure": may(request, "recommendations.configure"),
        "currency": request.company.currency,
    }  # fmt: skip


def _job() -> Job | None:
    """Return the run that waits or is at work; the nightly one only while it is at work."""
    asked = find_unfinished(TRAIN)
    nightly = find_unfinished(f"every:{TRAIN}")
    return asked or (nightly if nightly is not None and nightly.state == "running" else None)


def names(request: Request, ids: list[int]) -> dict[int, dict[str, str]]:
    """Return names and addresses of pages; names are masked for those who may not see contacts."""
    may_see = may(request, "customers.view_contacts")
    return {
        pk: {
            "name": (one.name if may_see else mask.name(one.name)) or f"#{pk}", "url": address("web:customer", one.uuid),
        }
        for pk, one in customers.cards_of(ids).items()
    }  # fmt: skip


def address(route: str, *args: Any) -> str:
    """Return the address of a page of another domain, "" in a house without it."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""
