"""Words for the codes that events, letters and counts carry."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.ingest.models import Fate

Label = str | Promise

OUTCOMES: dict[str, tuple[Label, str]] = {
    "waiting": (_("On its way"), "neutral"),
    "logged": (_("In the log"), "good"),
    "accepted": (_("In the log"), "good"),
    "duplicate": (_("Sent before"), "neutral"),
    "bot": (_("Sent by a program"), "neutral"),
    "no_consent": (_("Without consent"), "neutral"),
    "refused": (_("Kept aside"), "bad"),
    "conflict": (_("Id used twice"), "bad"),
    "mended": (_("Mended while reading"), "warn"),
    "unauthorized": (_("Unknown key"), "bad"),
    "bad_request": (_("Not readable"), "bad"),
    "too_large": (_("Request too large"), "bad"),
    "over_quota": (_("Over the quota"), "warn"),
    "overloaded": (_("Asked to come back"), "warn"),
}
REASONS: dict[str, Label] = {
    "conflict": _("Its message id was used by another event before"),
    "id_too_long": _("An id is too long"),
    "invalid_json": _("It is not JSON"),
    "name_too_long": _("Its name is too long"),
    "no_identity": _("It does not say whose it is"),
    "no_name": _("It has no name"),
    "not_an_object": _("It is not an object"),
    "number_too_long": _("A number has too many digits"),
    "too_deep": _("It is nested too deeply"),
    "too_large": _("It is larger than 32 KB"),
    "unforeseen": _("Shuke could not deal with it"),
    "unknown_type": _("It is no kind of call that is known"),
    "wrong_type": _("A value has the wrong type"),
}
PROBLEMS: dict[str, Label] = {
    "unknown_event": _("Not in the tracking plan"),
    "wrong_type": _("Another type than planned"),
    "missing": _("A planned property is missing"),
    "future_time": _("From the future: taken as just now"),
    "ancient_time": _("From before 1990: taken as just now"),
    "unreadable_time": _("Its time cannot be read: taken as just now"),
    "order_refused": _("It makes no order"),
}
TYPES: dict[str, Label] = {
    "text": _("text"), "number": _("number"), "money": _("amount"), "whole": _("whole number"), "flag": _("yes or no"),
    "object": _("object"), "list": _("list"), "products": _("list of products"),
}  # fmt: skip
FATES = dict(Fate.choices)


def outcome(code: str) -> Label:
    """Return the words for what became of an event; of refusals with the reason."""
    if code.startswith("refused:"):
        return REASONS.get(code.removeprefix("refused:"), code)
    return OUTCOMES.get(code, (code, ""))[0]


def tone(code: str) -> str:
    """Return the colour for what became of an event."""
    return "bad" if code.startswith("refused:") else OUTCOMES.get(code, ("", "neutral"))[1]


def reason(code: str) -> Label:
    """Return the words for why an event was kept aside."""
    return REASONS.get(code, code)


def problem(code: str) -> Label:
    """Return the words for how an event departs from the plan."""
    return PROBLEMS.get(code, code)
