"""Reasons, states and alarms in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.crm.messaging.models import State
from shuke.crm.messaging.queries import explaining

_ALARMS: Mapping[str, str | Promise] = {
    "bounced": gettext_lazy("%(count)s of %(sent)s bounced; %(usual)s %% are usual at most."),
    "complained": gettext_lazy("%(count)s of %(sent)s complained; %(usual)s %% are usual at most."),
    "unsubscribed": gettext_lazy("%(count)s of %(sent)s unsubscribed; %(usual)s %% are usual at most."),
    "failed": gettext_lazy("%(count)s of %(sent)s could not be sent; %(usual)s %% are usual at most."),
}


def reasons(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return clause, reason and count, most first; those who would get it are left out."""
    return [
        (_clause(reason), reason, count)
        for reason, count in sorted(counts.items(), key=lambda one: -one[1])
        if reason and not reason.startswith("waits:") and count
    ]


def _clause(reason: str) -> str:
    if reason == "arbitration":
        return _("Something of more worth goes to them")
    return explaining.clause_words(explaining.clause_of(reason))


def states(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return states of messages with how many are in each."""
    return [(str(State(code).label), count) for code, count in sorted(counts.items(), key=lambda one: -one[1])]


def alarm(said: Mapping[str, Any]) -> str:
    """Return why a campaign stopped itself, "" if it did not."""
    if not said:
        return ""
    facts = {"count": said["count"], "sent": said["sent"], "usual": round(said["usual"] * 100, 1)}
    return str(_ALARMS[said["kind"]]) % facts
